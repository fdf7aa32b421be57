using System.Diagnostics;
using System.Globalization;

namespace Exo.Api.Local;

/// <summary>What this machine has and this process uses.</summary>
internal static class Machine
{
    public static NodeState State() => new()
    {
        Name = Environment.MachineName,
        Cores = Environment.ProcessorCount,
        MemoryByteCount = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        UsedMemoryByteCount = Environment.WorkingSet,
        PeakMemoryByteCount = PeakMemoryByteCount(),
    };

    /// <summary>The most bytes this process has had resident: VmHWM on Linux, mapped weights included.</summary>
    public static long PeakMemoryByteCount()
    {
        const string Status = "/proc/self/status";
        if (OperatingSystem.IsLinux() && File.Exists(Status))
        {
            foreach (var line in File.ReadLines(Status))
            {
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal) && long.TryParse(line.AsSpan(6).Trim().TrimEnd("kB").Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes))
                    return kibibytes * 1024;
            }
        }
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
