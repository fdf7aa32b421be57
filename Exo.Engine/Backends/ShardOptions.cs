namespace Exo.Engine.Backends;

/// <summary>How a shard is set up on its device.</summary>
public sealed record ShardOptions
{
    /// <summary>Blocks of <see cref="KvBlock.TokenCount"/> positions the KV cache can hold. Memory is touched only as blocks are used.</summary>
    public required int KvBlockCount { get; init; }

    /// <summary>Compute threads. Default: all cores.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>How keys and values are kept. Default: see <see cref="KvTypes.Resolve"/>.</summary>
    public KvType KvType { get; init; } = KvType.Auto;

    /// <summary>Whether weights that could be packed by the first steps are packed before the load ends: where what is stored doesn't fit into memory, each of those steps would read again what had to make way.</summary>
    public bool PacksAtOnce { get; init; }
}

/// <summary>Storage of the KV cache.</summary>
public enum KvType
{
    /// <summary>F32 where that costs little, else F16: <see cref="KvTypes.Resolve"/>.</summary>
    Auto,
    F32,
    F16,
}
