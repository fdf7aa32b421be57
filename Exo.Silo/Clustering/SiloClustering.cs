using Exo.Grains.Hosting;
using Exo.Silo.Claims;
using Exo.Silo.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Persistence;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Exo.Silo.Clustering;

/// <summary>Where silos meet and where grains keep their state: Redis, or this machine.</summary>
internal static class SiloClustering
{
    /// <param name="redis">The connection; null for a cluster of this machine's silos.</param>
    public static ISiloBuilder UseExoClustering(this ISiloBuilder silo, SiloSettings settings, NodePlace place, IConnectionMultiplexer? redis)
    {
        silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = settings.ClusterId;
            options.ServiceId = settings.ClusterId; // It prefixes the keys of grain storage: two clusters may share a Redis.
        });
        silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = place.Address;
            options.SiloPort = place.SiloPort;
            options.GatewayPort = place.GatewayPort;
        });
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SameNameCheck>();
        silo.Services.AddHostedService<MemberNews>();
        return redis is null ? silo.UseMachineClustering(settings).AddExoMemoryStorage() : silo.UseRedis(settings.Redis!, redis);
    }

    private static ISiloBuilder UseMachineClustering(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.Services.AddSingleton<IMembershipTable>(new MachineMembershipTable(new MembershipFiles(Path.Combine(settings.Home, "clusters", settings.ClusterId))));
        return silo;
    }

    private static ISiloBuilder UseRedis(this ISiloBuilder silo, RedisSettings settings, IConnectionMultiplexer redis)
    {
        // The providers want options although they are given the connection.
        var options = ConfigurationOptions.Parse(settings.ToString());
        silo.Services.AddSingleton(redis);
        silo.Services.AddHostedService<RedisNews>();
        silo.UseRedisClustering(clustering =>
        {
            clustering.ConfigurationOptions = options;
            clustering.CreateMultiplexer = _ => Task.FromResult((redis, true));
        });
        silo.AddRedisGrainStorageAsDefault(UseConnection);
        silo.AddRedisGrainStorage(ExoGrainsHosting.ProviderName, UseConnection);
        silo.AddRedisGrainStorage("PubSubStore", UseConnection);
        return silo;

        void UseConnection(RedisStorageOptions storage)
        {
            storage.ConfigurationOptions = options;
            storage.CreateMultiplexer = _ => Task.FromResult((redis, true));
        }
    }
}
