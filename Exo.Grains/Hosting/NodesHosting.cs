using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime;

namespace Exo.Grains.Hosting;

/// <summary>What a node needs to tell of itself, to fetch, and to take its part in coordinating models.</summary>
internal static class NodesHosting
{
    public static IServiceCollection AddNodes(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IDeviceMeter, CpuMeter>();
        services.AddSingleton<NodeStore>();
        services.AddSingleton<IModelLocator>(provider => provider.GetRequiredService<NodeStore>());
        services.AddSingleton<NodeRemoval>();
        services.AddSingleton<NodeMonitor>();
        services.AddSingleton<LinkMeter>();
        services.AddSingleton<NodeCalls>();
        services.AddSingleton<LossWatch>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<LossWatch>());
        services.AddSingleton<OrphanSweep>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<OrphanSweep>());
        return services;
    }
}
