using Exo.Grains.Pinning;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Exo.Grains.Hosting;

/// <summary>Makes a silo one of Exo's nodes. Clustering and storage are the silo's choice.</summary>
public static class ExoGrainsHosting
{
    /// <summary>The stream provider and the grain storage that the grains ask for.</summary>
    public const string ProviderName = "exo";

    /// <summary>The namespace of the streams that carry a model's progress; their key is the model.</summary>
    public const string ModelStreams = "exo.models";

    /// <summary>How long a snapshot may lie before it is delivered. People watch it: a twentieth of a second is at once.</summary>
    private static readonly TimeSpan StreamPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>Queues of the stream provider. Each is polled even when nothing happens, and progress is a few hundred bytes now and then.</summary>
    private const int StreamQueues = 2;

    /// <summary>Adds the grains' services, pinning by node name and the stream provider.</summary>
    public static ISiloBuilder AddExoGrains(this ISiloBuilder silo, NodeOptions options)
    {
        silo.Configure<SiloOptions>(named => named.SiloName = options.Name);
        silo.Services.AddSingleton(options);
        silo.Services.AddPlacementDirector<OnNodePlacement, OnNodeDirector>();
        silo.Services.AddShards(options);
        silo.Services.AddNodes();
        silo.Services.AddClusterService();
        silo.AddMemoryStreams(ProviderName, streams =>
        {
            streams.ConfigurePartitioning(StreamQueues);
            streams.ConfigurePullingAgent(agent => agent.Configure(pulling => pulling.GetQueueMsgsTimerPeriod = StreamPoll));
        });
        return silo;
    }

    /// <summary>Keeps the grains' state in the cluster's memory: what is lost with it is asked of the nodes again.</summary>
    public static ISiloBuilder AddExoMemoryStorage(this ISiloBuilder silo) =>
        silo.AddMemoryGrainStorageAsDefault().AddMemoryGrainStorage(ProviderName).AddMemoryGrainStorage("PubSubStore");
}
