using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Backends;
using Exo.Grains.Cluster;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Exo.Grains.Hosting;

/// <summary>What a node needs to run layers and to answer with them.</summary>
internal static class ShardsHosting
{
    public static IServiceCollection AddShards(this IServiceCollection services, NodeOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        foreach (var backend in options.Backends) services.AddSingleton<IShardBackend>(backend);
        services.AddSingleton(new ShardHostOptions { Threads = options.Threads, MemoryByteCount = options.MemoryByteCount });
        services.AddSingleton<OpenModels>();
        services.AddSingleton<ShardHost>();
        return services;
    }

    /// <summary>The service contract over the cluster: what a silo's HTTP face asks.</summary>
    public static IServiceCollection AddClusterService(this IServiceCollection services)
    {
        services.AddSingleton<ClusterNodes>();
        services.AddSingleton<Deployments>();
        services.AddSingleton<ModelReader>();
        services.AddSingleton<DeployedModels>();
        services.AddSingleton<ModelPresence>();
        services.AddSingleton<Departure>();
        services.AddSingleton(provider => new LocalExoService(hubOptions: provider.GetRequiredService<NodeOptions>().Hub));
        services.AddSingleton<IExoService, ClusterExoService>();
        return services;
    }
}
