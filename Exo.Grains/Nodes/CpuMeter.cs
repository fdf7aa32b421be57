using Exo.Engine;
using Exo.Engine.Measuring;
using Exo.Grains.Hosting;

namespace Exo.Grains.Nodes;

/// <summary>The machine's cores and its memory.</summary>
internal sealed class CpuMeter(NodeOptions options) : IDeviceMeter
{
    private const int Passes = 2;
    private const string ProcessorFile = "/proc/cpuinfo";

    public string Device => "cpu";

    public DeviceFacts Measure()
    {
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new DeviceFacts(
            Device, Processor(), total, FreeByteCount(), MemoryBandwidth.Measure(options.Threads, Passes), PeakArithmetic.Measure(options.Threads, Passes), options.Threads);
    }

    public long FreeByteCount() => FreeMemory.ByteCount();

    /// <summary>The processor's name where the system tells it; else what kind it is.</summary>
    private static string Processor()
    {
        const string Key = "model name";
        var line = OperatingSystem.IsLinux() && File.Exists(ProcessorFile) ? File.ReadLines(ProcessorFile).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}
