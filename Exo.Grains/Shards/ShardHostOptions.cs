namespace Exo.Grains.Shards;

/// <summary>How this node runs shards.</summary>
public sealed record ShardHostOptions
{
    /// <summary>Compute threads of a shard that doesn't ask for a number. Default: all cores.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes that the shards of all models may take together on the CPU; null: as much as there is.</summary>
    public long? MemoryByteCount { get; init; }
}
