using System.Globalization;

namespace Exo.Engine;

/// <summary>
/// How much memory a process can still take without driving others to disk. Mapped weights are page cache and count as free even while a model
/// runs on them: who plans with the figure takes off what its loaded models map.
/// </summary>
public static class FreeMemory
{
    private const string SystemRoot = "/";

    /// <summary>Bytes: what the system counts as available, at most what is left to the process's container.</summary>
    public static long ByteCount() => ByteCount(SystemRoot) ?? Math.Clamp(SystemMemory.Available() ?? ByRuntime(), 0, TotalByteCount());

    /// <summary>Bytes: the machine's memory, at most what the process's container may have.</summary>
    public static long TotalByteCount() => TotalByteCount(SystemRoot) ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes: what the machine's system counts as available to all processes together, limits of containers left aside.</summary>
    public static long MachineByteCount() => MachineByteCount(SystemRoot) ?? ByteCount();

    /// <param name="root">"/", or a folder that stands for it.</param>
    internal static long? MachineByteCount(string root) => Meminfo(root, "MemAvailable:");

    /// <param name="root">"/", or a folder that stands for it.</param>
    internal static long? ByteCount(string root) =>
        MachineByteCount(root) is not { } available ? null : ControlGroups.Tightest(root) is { } limit ? Math.Min(available, limit.FreeByteCount) : available;

    /// <param name="root">"/", or a folder that stands for it.</param>
    internal static long? TotalByteCount(string root) =>
        Meminfo(root, "MemTotal:") is not { } total ? null : ControlGroups.Tightest(root) is { } limit ? Math.Min(total, limit.ByteCount) : total;

    /// <summary>The line "MemAvailable:   12345 kB" in bytes, page cache that can be given up included; null where there is none.</summary>
    internal static long? Available(IEnumerable<string> lines) => Find(lines, "MemAvailable:");

    /// <summary>What the runtime saw free at its last collection.</summary>
    private static long ByRuntime() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - GC.GetGCMemoryInfo().MemoryLoadBytes;

    private static long? Meminfo(string root, string name)
    {
        var file = Path.Combine(root, "proc/meminfo");
        return File.Exists(file) ? Find(File.ReadLines(file), name) : null;
    }

    private static long? Find(IEnumerable<string> lines, string name)
    {
        foreach (var line in lines)
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts is [var found, var number, "kB"] && found == name && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes)) return kibibytes * 1024;
        }

        return null;
    }
}
