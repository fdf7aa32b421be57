using Exo.Grains.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Exo.Grains.Tests.Nodes;

/// <summary>A processor whose memory is what a test says, whatever is loaded.</summary>
internal class FixedMeter(long freeByteCount, string? machine = null) : IDeviceMeter
{
    public string Device => "cpu";

    public virtual Task<DeviceFacts> MeasureAsync() => Task.FromResult(Facts(freeByteCount));

    public long FreeByteCount() => freeByteCount;

    public MachineMemory? Shared() => machine is null ? null : new MachineMemory(machine, freeByteCount);

    /// <summary>What it measures.</summary>
    public static DeviceFacts Facts(long freeByteCount) => new("cpu", "fixed", freeByteCount, freeByteCount, 1e10, 1e11, 1);

    /// <summary>Puts it in the place of the machine's own.</summary>
    public void Register(IServiceCollection services) => services.Replace(ServiceDescriptor.Singleton<IDeviceMeter>(this));
}
