using Exo.Grains.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Exo.Grains.Tests.Nodes;

/// <summary>A processor whose memory is what a test says, whatever is loaded.</summary>
internal sealed class FixedMeter(long freeByteCount) : IDeviceMeter
{
    public string Device => "cpu";

    public Task<DeviceFacts> MeasureAsync() => Task.FromResult(new DeviceFacts(Device, "fixed", freeByteCount, freeByteCount, 1e10, 1e11, 1));

    public long FreeByteCount() => freeByteCount;

    /// <summary>Puts it in the place of the machine's own.</summary>
    public void Register(IServiceCollection services) => services.Replace(ServiceDescriptor.Singleton<IDeviceMeter>(this));
}
