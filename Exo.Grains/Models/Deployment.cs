using System.Collections.Immutable;

namespace Exo.Grains.Models;

/// <summary>
/// A model's layers on nodes, made ready together and lost together: when one node goes, all of it is replaced under a higher epoch.
/// Epochs of one model only ever rise, also where the grain's storage was lost.
/// </summary>
[GenerateSerializer, Immutable, Alias("exo.Deployment")]
public sealed record Deployment
{
    /// <summary>The model's name, the key of its <see cref="IModelGrain"/>.</summary>
    [Id(0)]
    public required string Model { get; init; }

    /// <summary>Milliseconds since 1970 when it was planned, or one more than the epoch before.</summary>
    [Id(1)]
    public required long Epoch { get; init; }

    /// <summary>The commit that all nodes run; null for samples and paths.</summary>
    [Id(2)]
    public string? Commit { get; init; }

    /// <summary>The longest sequence in tokens, prompt and answer together.</summary>
    [Id(3)]
    public required int ContextLength { get; init; }

    /// <summary>Sequences that run at once.</summary>
    [Id(4)]
    public required int MaxSequences { get; init; }

    /// <summary>Blocks of <see cref="Engine.Backends.KvBlock.TokenCount"/> positions that every shard's KV cache holds.</summary>
    [Id(5)]
    public required int KvBlockCount { get; init; }

    /// <summary>From the first layer to the last.</summary>
    [Id(6)]
    public required ImmutableArray<ShardPlace> Shards { get; init; }

    /// <summary>What was asked for: nodes that hold a part of the deployment tell it to a grain that has lost its record. Null where nobody asked.</summary>
    [Id(7)]
    public DeployOptions? Options { get; init; }

    /// <summary>The node whose <see cref="Generation.IGenerationGrain"/> drives the chain: the first shard's, so that the first hop is none.</summary>
    public string Driver => Shards[0].Node;
}

/// <summary>A contiguous range of layers on a node, <paramref name="EndLayer"/> excluded.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Device">"cpu", "cuda:0", …</param>
/// <param name="Threads">Compute threads; 0: as many as the node gives.</param>
/// <param name="ByteCount">Bytes of weights, keys and values as planned: what the node counts as taken while the shard loads.</param>
[GenerateSerializer, Immutable, Alias("exo.ShardPlace")]
public sealed record ShardPlace(
    [property: Id(0)] string Node,
    [property: Id(1)] string Device,
    [property: Id(2)] int FirstLayer,
    [property: Id(3)] int EndLayer,
    [property: Id(4)] int Threads = 0,
    [property: Id(5)] long ByteCount = 0);

/// <summary>How a model is to be deployed. What is null is Exo's choice.</summary>
[GenerateSerializer, Immutable, Alias("exo.DeployOptions")]
public sealed record DeployOptions
{
    /// <summary>Tokens of context; null: what the model was made for, as far as memory goes.</summary>
    [Id(0)]
    public int? ContextLength { get; init; }

    /// <summary>Sequences that run at once. Default 8.</summary>
    [Id(1)]
    public int MaxSequences { get; init; } = 8;

    /// <summary>Compute threads of each shard; null: as many as its node gives.</summary>
    [Id(2)]
    public int? Threads { get; init; }

    /// <summary>The model is unloaded when it was not used for so long; null: it stays until its memory is needed.</summary>
    [Id(4)]
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>Weights are quantized as they are loaded; null: they run as they are stored.</summary>
    [Id(5)]
    public Api.WeightQuantization? Quantization { get; init; }

    /// <summary>Sequences that memory must hold at their full length for a plan to be one; null: one of them, and the others as far as there is room.</summary>
    [Id(6)]
    public int? FullSequences { get; init; }

    /// <summary>Shards to split the model into whatever the planner thinks best; null: its choice. For trials.</summary>
    [Id(3)]
    public int? ShardCount { get; init; }
}
