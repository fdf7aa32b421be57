using Exo.Engine.Models;

namespace Exo.Engine.Placement;

/// <summary>What becomes of a plan whose nodes were lost in part: a new plan or a refusal, and what each survivor has to do for it.</summary>
public sealed record Replacement
{
    /// <summary>The new plan or the refusal.</summary>
    public required PlacementResult Result { get; init; }

    /// <summary>One a shard of the new plan, in its order; empty after a refusal.</summary>
    public required IReadOnlyList<ShardChange> Changes { get; init; }

    /// <summary>What the fastest plan would take per token: the price of keeping what is loaded. Null after a refusal.</summary>
    public TimeSpan? FastestTimePerToken { get; init; }

    /// <summary>Bytes the fastest plan would have to load.</summary>
    public long FastestLoadByteCount { get; init; }
}

/// <summary>How a device's layers change.</summary>
public sealed record ShardChange
{
    public required string Node { get; init; }

    public required string Device { get; init; }

    /// <summary>Null for a device that had none.</summary>
    public required LayerRange? Before { get; init; }

    public required LayerRange After { get; init; }

    /// <summary>Layers it has loaded and keeps.</summary>
    public required IReadOnlyList<LayerRange> Kept { get; init; }

    /// <summary>Layers it has to load, from its disk or from others.</summary>
    public required IReadOnlyList<LayerRange> Missing { get; init; }

    /// <summary>Layers of <see cref="Missing"/> that are not on its disk.</summary>
    public required IReadOnlyList<LayerRange> ToFetch { get; init; }

    /// <summary>It has to load the embedding.</summary>
    public required bool MissesEmbedding { get; init; }

    /// <summary>It has to load the head.</summary>
    public required bool MissesHead { get; init; }

    public required long LoadByteCount { get; init; }

    public required long FetchByteCount { get; init; }
}
