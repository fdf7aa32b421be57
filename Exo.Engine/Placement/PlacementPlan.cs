using Exo.Engine.Models;

namespace Exo.Engine.Placement;

/// <summary>What came of planning: a plan or a refusal, never both.</summary>
public sealed record PlacementResult
{
    public PlacementPlan? Plan { get; init; }

    public PlacementRefusal? Refusal { get; init; }
}

/// <summary>Which device runs which layers, with the sums that led there.</summary>
public sealed record PlacementPlan
{
    public required string Model { get; init; }

    public required Objective Objective { get; init; }

    /// <summary>Positions of one sequence that every shard has room for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Positions that a token is taken to see in all times: <see cref="ContextLength"/>, or less where that was not asked for.</summary>
    public required int TimedContextLength { get; init; }

    public required int Sequences { get; init; }

    /// <summary>Contiguous ranges in the order a token passes them.</summary>
    public required IReadOnlyList<ShardPlacement> Shards { get; init; }

    /// <summary>The node where the scheduler sits.</summary>
    public required string Home { get; init; }

    /// <summary>From the scheduler to the first shard: the token's number.</summary>
    public required TimeSpan EntryHop { get; init; }

    /// <summary>From the last shard back to the scheduler.</summary>
    public required TimeSpan ReturnHop { get; init; }

    /// <summary>From one token of a sequence to the next: shards, hops and both ways home.</summary>
    public required TimeSpan TimePerToken { get; init; }

    /// <summary>Tokens a second of all sequences together, as many micro-batches in flight as there are shards.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Until the first token of a prompt of <see cref="PromptLength"/> tokens, its chunks following each other through the shards.</summary>
    public required TimeSpan TimeToFirstToken { get; init; }

    public required int PromptLength { get; init; }

    /// <summary>Bytes that must come over the network, all shards together.</summary>
    public required long FetchByteCount { get; init; }

    /// <summary>Bytes that must be read into memory, fetched ones included.</summary>
    public required long LoadByteCount { get; init; }

    /// <summary>Every device that got nothing, and why.</summary>
    public required IReadOnlyList<LeftOut> LeftOut { get; init; }

    /// <summary>Each device as the only one: what it would take, or what it lacks. By time, those that lack something last.</summary>
    public required IReadOnlyList<AloneEstimate> Alone { get; init; }

    /// <summary>The plan in a few sentences, with figures.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }
}

/// <summary>One shard and its sums.</summary>
public sealed record ShardPlacement
{
    public required string Node { get; init; }

    public required string Device { get; init; }

    public required LayerRange Layers { get; init; }

    /// <summary>Layers, and the embedding and head where the shard has them.</summary>
    public required long WeightByteCount { get; init; }

    /// <summary>Keys and values of all sequences at the full context.</summary>
    public required long KvByteCount { get; init; }

    /// <summary>Buffers of one step.</summary>
    public required long ActivationByteCount { get; init; }

    public required long FreeByteCount { get; init; }

    /// <summary>What of the free bytes stays free.</summary>
    public required long MarginByteCount { get; init; }

    public long NeededByteCount => WeightByteCount + KvByteCount + ActivationByteCount;

    /// <summary>Bytes of weights, keys and values that one token reads.</summary>
    public required long ReadByteCountPerToken { get; init; }

    /// <summary>Bytes a second that it reads them with: the measured bandwidth's share that decoding reaches.</summary>
    public required double ReadBytesPerSecond { get; init; }

    /// <summary>One token through this shard.</summary>
    public required TimeSpan TimePerToken { get; init; }

    /// <summary>From this shard to the next; zero for the last.</summary>
    public required TimeSpan HopToNext { get; init; }

    /// <summary>Bytes that its node has neither loaded nor on disk.</summary>
    public required long FetchByteCount { get; init; }

    /// <summary>Bytes that its device has not loaded.</summary>
    public required long LoadByteCount { get; init; }

    /// <summary>The layers to fetch, as ranges.</summary>
    public required IReadOnlyList<LayerRange> MissingLayers { get; init; }

    /// <summary>The embedding is to be fetched.</summary>
    public required bool MissesEmbedding { get; init; }

    /// <summary>The head is to be fetched.</summary>
    public required bool MissesHead { get; init; }
}

/// <summary>A device without layers.</summary>
public sealed record LeftOut
{
    public required string Node { get; init; }

    public required string Device { get; init; }

    public required LeftOutReason Reason { get; init; }

    /// <summary>What the best place for it would add in hops a token; set where it would make a token slower.</summary>
    public TimeSpan? AddedHops { get; init; }

    /// <summary>What it would save elsewhere a token; below zero where it reads slower than those it relieves.</summary>
    public TimeSpan? SavedCompute { get; init; }

    /// <summary>The reason in a sentence.</summary>
    public required string Sentence { get; init; }
}

/// <summary>Why a device got no layers.</summary>
public enum LeftOutReason
{
    /// <summary>Its node is draining.</summary>
    Draining,

    /// <summary>It holds not even one layer.</summary>
    TooSmall,

    /// <summary>Its disk has no room for even one layer that it lacks.</summary>
    DiskFull,

    /// <summary>With it an answer would be slower.</summary>
    Slower,

    /// <summary>With it an answer would be as fast, with more shards or more to fetch.</summary>
    NoGain,
}

/// <summary>The whole model on one device.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Device">The device.</param>
/// <param name="TimePerToken">Null where it doesn't fit.</param>
/// <param name="LackingByteCount">Bytes of memory it lacks; 0 where it fits, or lacks disk alone.</param>
public sealed record AloneEstimate(string Node, string Device, TimeSpan? TimePerToken, long LackingByteCount);
