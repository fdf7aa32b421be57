using Exo.Engine.Backends;

namespace Exo.Engine;

/// <summary>How a model is made ready on this machine.</summary>
public sealed record LoadOptions
{
    /// <summary>Compute threads, shared out over the shards. Default: all cores.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// The longest sequence in tokens, prompt and answer together. Null: the model's own context, or less where memory does not
    /// hold it.
    /// </summary>
    public int? ContextLength { get; init; }

    /// <summary>Bytes that weights, keys and values may take together. Null: what is free.</summary>
    public long? MemoryByteCount { get; init; }

    /// <summary>Sequences that run at once; more wait their turn.</summary>
    public int MaxSequences { get; init; } = 8;

    /// <summary>How keys and values are kept.</summary>
    public KvType KvType { get; init; } = KvType.Auto;

    /// <summary>Contiguous ranges of layers the model is split into, each with its own compute thread. More than 1 only for trials.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>A bound on the tokens of one step, where hidden states travel and messages must stay small. Default: no further bound.</summary>
    public int MostStepTokens { get; init; } = int.MaxValue;

    /// <summary>Keys and values of ended sequences are kept while room lasts, and found again by prompts that begin alike.</summary>
    public bool PrefixCache { get; init; } = true;
}
