using Exo.Engine.Backends;

namespace Exo.Engine.Placement;

/// <summary>What one layer costs: memory to hold, bytes to read and operations to do. Sizes come from headers, no weight is read.</summary>
public sealed record LayerCost
{
    /// <summary>Bytes of all its tensors in memory.</summary>
    public required long WeightByteCount { get; init; }

    /// <summary>Bytes of all its tensors on the disk, where they are others than in memory: they are packed or quantized while they load. Null: as many.</summary>
    public long? DiskByteCount { get; init; }

    /// <summary>Bytes of its experts' matrices, part of <see cref="WeightByteCount"/>; 0 for a dense layer.</summary>
    public long ExpertByteCount { get; init; }

    /// <summary>Experts there are; 0 for a dense layer.</summary>
    public int ExpertCount { get; init; }

    /// <summary>Experts a token passes through.</summary>
    public int ActiveExpertCount { get; init; }

    /// <summary>Bytes of the keys and values of one position.</summary>
    public required long KvByteCountPerPosition { get; init; }

    /// <summary>A query reads this many last positions, itself included; null means all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Floating-point operations of the matrix products for one token, of the active experts alone.</summary>
    public required double OperationsPerToken { get; init; }

    /// <summary>Floating-point operations of the attention for one token and one position before it.</summary>
    public required double OperationsPerPosition { get; init; }

    /// <summary>
    /// Bytes of weights that one step reads: everything of a dense layer; of a mixture the experts that <paramref name="tokens"/> tokens may be
    /// expected to choose, each choosing without regard to the others.
    /// </summary>
    public double ReadByteCount(int tokens)
    {
        if (ExpertCount == 0) return WeightByteCount;
        var untouched = Math.Pow(1 - (double)ActiveExpertCount / ExpertCount, tokens);
        return WeightByteCount - ExpertByteCount + ExpertByteCount * (1 - untouched);
    }

    /// <summary>Bytes of keys and values that one token at the end of <paramref name="context"/> positions reads: at most its window's.</summary>
    public long KvReadByteCount(int context) => KvByteCountPerPosition * SeenPositions(context);

    /// <summary>
    /// Bytes of keys and values that one sequence of <paramref name="context"/> positions keeps, in whole blocks. A window doesn't lessen it: blocks
    /// are handed out to all layers alike, so the engine keeps what has slid out of a window as long as the sequence lives.
    /// </summary>
    public long KvByteCount(int context) => KvByteCountPerPosition * KvBlock.CountFor(context) * KvBlock.TokenCount;

    /// <summary>Operations of one token at the end of <paramref name="context"/> positions.</summary>
    public double Operations(int context) => OperationsPerToken + OperationsPerPosition * SeenPositions(context);

    private int SeenPositions(int context) => Math.Min(context, SlidingWindow ?? context);
}
