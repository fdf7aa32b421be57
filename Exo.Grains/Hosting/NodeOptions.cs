using Exo.Engine.Backends;
using Exo.Hub;

namespace Exo.Grains.Hosting;

/// <summary>What a node brings into the cluster. The silo makes it from its configuration; the grains' services read it.</summary>
public sealed record NodeOptions
{
    /// <summary>The node's name, its silo's too: no two nodes of a cluster share one.</summary>
    public required string Name { get; init; }

    /// <summary>What runs layers here, a device each.</summary>
    public required IReadOnlyList<IShardBackend> Backends { get; init; }

    /// <summary>Where models come from and where the node keeps them.</summary>
    public required HubOptions Hub { get; init; }

    /// <summary>The folder of the models that came with the program. Default: "models" beside it.</summary>
    public string SamplesFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>Compute threads that the node's shards share. Default: one for each core.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes that weights and KV caches may take on the node, all models together; null: what the machine has free.</summary>
    public long? MemoryByteCount { get; init; }

    /// <summary>How long a model that was asked for here stays in memory once nobody asks it; null: until its memory is needed.</summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>How often the node asks after what it holds of deployments that are over; infinite: never.</summary>
    public TimeSpan OrphanSweepInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where the other nodes reach this one's mirror; null where they can't.</summary>
    public Uri? Mirror { get; init; }

    /// <summary>The key that the nodes' mirrors ask of each other, one for the cluster; null where they ask for none.</summary>
    public string? MirrorKey { get; init; }
}
