using Exo.Engine;
using Exo.Engine.Measuring;
using Exo.Grains.Hosting;

namespace Exo.Grains.Nodes;

/// <summary>The machine's cores and its memory.</summary>
internal sealed class CpuMeter(NodeOptions options, TimeProvider time) : IDeviceMeter
{
    private const string ProcessorFile = "/proc/cpuinfo";
    private const string BootFile = "/proc/sys/kernel/random/boot_id";
    private const string SpeedFile = "exo-speed.json";

    /// <summary>The system's own name for its run, the same in all containers; else the machine's.</summary>
    private static readonly Lazy<string> Machine = new(() => File.Exists(BootFile) ? File.ReadAllText(BootFile).Trim() : Environment.MachineName);

    /// <summary>Neighbours move the figures by tens of percent; a day's are as good as any.</summary>
    private static readonly TimeSpan MostAge = TimeSpan.FromDays(1);

    public string Device => "cpu";

    public async Task<DeviceFacts> MeasureAsync()
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(options.Hub.CacheFolder)) ?? options.Hub.CacheFolder;
        using var file = new MachineSpeedFile(Path.Combine(folder, SpeedFile), time);
        var speed = await file.GetAsync(options.Threads, MostAge);
        return new DeviceFacts(Device, Processor(), FreeMemory.TotalByteCount(), FreeByteCount(), speed.ReadBytesPerSecond, speed.OperationsPerSecond, options.Threads);
    }

    public long FreeByteCount() => FreeMemory.ByteCount();

    public MachineMemory? Shared() => new(Machine.Value, FreeMemory.MachineByteCount());

    /// <summary>The processor's name where the system tells it; else what kind it is.</summary>
    private static string Processor()
    {
        const string Key = "model name";
        var line = OperatingSystem.IsLinux() && File.Exists(ProcessorFile) ? File.ReadLines(ProcessorFile).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}
