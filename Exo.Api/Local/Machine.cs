using System.Diagnostics;
using System.Globalization;
using Exo.Engine;
using Exo.Engine.Measuring;

namespace Exo.Api.Local;

/// <summary>What this machine has and this process uses.</summary>
internal static class Machine
{
    private static readonly Lazy<double> Bandwidth = new(() => MemoryBandwidth.Measure(Environment.ProcessorCount, passes: 2));

    private static readonly Lazy<double> Arithmetic = new(() => PeakArithmetic.Measure(Environment.ProcessorCount, passes: 2));

    /// <summary>F32 operations a second of all cores, measured once in a process.</summary>
    public static double OperationsPerSecond => Arithmetic.Value;

    /// <summary>The machine as a node of its own.</summary>
    /// <param name="measures">Measures how fast memory is read, once in a process: a tenth of a second that running answers would feel. Otherwise it is told where it is known.</param>
    public static NodeState State(bool measures) => new()
    {
        Name = Environment.MachineName,
        Cores = Environment.ProcessorCount,
        MemoryByteCount = FreeMemory.TotalByteCount(),
        UsedMemoryByteCount = Environment.WorkingSet,
        PeakMemoryByteCount = PeakMemoryByteCount(),
        Devices =
        [
            new DeviceState
            {
                Name = "cpu",
                TotalByteCount = FreeMemory.TotalByteCount(),
                FreeByteCount = FreeMemory.ByteCount(),
                ReadBytesPerSecond = measures || Bandwidth.IsValueCreated ? Bandwidth.Value : null,
            },
        ],
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
