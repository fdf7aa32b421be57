using System.Globalization;

namespace Exo.Engine;

/// <summary>How much memory a process can still take without driving others to disk.</summary>
public static class FreeMemory
{
    private const string LinuxFile = "/proc/meminfo";

    /// <summary>Bytes: what the system counts as available, at most what the process (its container) may have.</summary>
    public static long ByteCount()
    {
        var info = GC.GetGCMemoryInfo();
        if (OperatingSystem.IsLinux() && File.Exists(LinuxFile) && Available(File.ReadLines(LinuxFile)) is { } available)
            return Math.Min(available, info.TotalAvailableMemoryBytes);
        return Math.Max(0, info.TotalAvailableMemoryBytes - info.MemoryLoadBytes);
    }

    /// <summary>The line "MemAvailable:   12345 kB" in bytes, page cache that can be given up included; null where there is none.</summary>
    internal static long? Available(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts is ["MemAvailable:", var number, "kB"] && long.TryParse(number, CultureInfo.InvariantCulture, out var kibibytes)) return kibibytes * 1024;
        }

        return null;
    }
}
