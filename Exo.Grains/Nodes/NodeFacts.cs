using System.Collections.Immutable;

namespace Exo.Grains.Nodes;

/// <summary>What a node is and holds at a moment.</summary>
[GenerateSerializer, Immutable, Alias("exo.NodeFacts")]
public sealed record NodeFacts
{
    [Id(0)]
    public required string Name { get; init; }

    [Id(1)]
    public required ImmutableArray<DeviceFacts> Devices { get; init; }

    /// <summary>Where the node mirrors its store to the others; null where it doesn't.</summary>
    [Id(2)]
    public Uri? Mirror { get; init; }

    /// <summary>Bytes of the store's disk that a fetch may fill: free ones less what stays free and what running fetches have reserved.</summary>
    [Id(3)]
    public long FreeDiskByteCount { get; init; }

    /// <summary>The shards in its memory.</summary>
    [Id(4)]
    public ImmutableArray<Shards.ShardState> Shards { get; init; } = [];

    /// <summary>Its fetches, the ended ones of the last minutes among them.</summary>
    [Id(5)]
    public ImmutableArray<FetchState> Fetches { get; init; } = [];

    /// <summary>Layers on its disk, a range each.</summary>
    [Id(6)]
    public ImmutableArray<HeldLayers> Held { get; init; } = [];

    /// <summary>The program's version.</summary>
    [Id(7)]
    public required string Version { get; init; }

    [Id(8)]
    public int Cores { get; init; }

    /// <summary>Bytes the process may use, limits of its container counted.</summary>
    [Id(9)]
    public long MemoryByteCount { get; init; }

    /// <summary>Bytes its process has resident now.</summary>
    [Id(10)]
    public long UsedMemoryByteCount { get; init; }

    /// <summary>Bytes it has had resident at most.</summary>
    [Id(11)]
    public long PeakMemoryByteCount { get; init; }

    /// <summary>What it last measured to other nodes.</summary>
    [Id(12)]
    public ImmutableArray<LinkFacts> Links { get; init; } = [];

    /// <summary>It has just begun and still measures its devices: it will have some.</summary>
    [Id(13)]
    public bool IsMeasuring { get; init; }
}

/// <summary>Something that runs layers.</summary>
/// <param name="Name">"cpu", "cuda:0", …</param>
/// <param name="Description">What people call it: the processor's name.</param>
/// <param name="TotalByteCount">Its memory.</param>
/// <param name="FreeByteCount">Of it, what may be used, what shards hold taken off.</param>
/// <param name="BytesPerSecond">Measured read bandwidth.</param>
/// <param name="FlopsPerSecond">Measured arithmetic.</param>
/// <param name="Threads">Compute threads that a shard gets there.</param>
/// <param name="UnseenByteCount">Of its memory, what is promised to this node's shards and doesn't show as taken.</param>
/// <param name="Shared">The memory where other nodes may take from the same; null where none does.</param>
/// <param name="AllowedByteCount">What is left of the operator's limit, less than nothing perhaps; null where there is none.</param>
[GenerateSerializer, Immutable, Alias("exo.DeviceFacts")]
public sealed record DeviceFacts(
    [property: Id(0)] string Name,
    [property: Id(1)] string Description,
    [property: Id(2)] long TotalByteCount,
    [property: Id(3)] long FreeByteCount,
    [property: Id(4)] double BytesPerSecond,
    [property: Id(5)] double FlopsPerSecond,
    [property: Id(6)] int Threads,
    [property: Id(7)] long UnseenByteCount = 0,
    [property: Id(8)] MachineMemory? Shared = null,
    [property: Id(9)] long? AllowedByteCount = null);

/// <summary>Memory that nodes of one machine take from together.</summary>
/// <param name="Machine">The same for all of them.</param>
/// <param name="FreeByteCount">What its system has free, promises not taken off.</param>
[GenerateSerializer, Immutable, Alias("exo.MachineMemory")]
public sealed record MachineMemory([property: Id(0)] string Machine, [property: Id(1)] long FreeByteCount);

/// <summary>A link as grain calls see it.</summary>
/// <param name="To">The other node.</param>
/// <param name="Latency">Half a round trip of a small frame, median.</param>
/// <param name="BytesPerSecond">Of a large frame.</param>
[GenerateSerializer, Immutable, Alias("exo.LinkFacts")]
public sealed record LinkFacts([property: Id(0)] string To, [property: Id(1)] TimeSpan Latency, [property: Id(2)] double BytesPerSecond);

/// <summary>Layers of a model on a node's disk, <paramref name="EndLayer"/> excluded.</summary>
/// <param name="ByteCount">Bytes that the node's disk has of the model.</param>
[GenerateSerializer, Immutable, Alias("exo.HeldLayers")]
public sealed record HeldLayers(
    [property: Id(0)] string Model, [property: Id(1)] string? Commit, [property: Id(2)] int FirstLayer, [property: Id(3)] int EndLayer, [property: Id(4)] long ByteCount = 0)
{
    /// <summary>False where only configuration, tokenizer and headers are there, which whoever asked what a model is left behind.</summary>
    public bool HasLayers => EndLayer > FirstLayer;
}
