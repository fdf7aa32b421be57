using Exo.Engine.Models;

namespace Exo.Engine.Placement;

/// <summary>A machine as a placement sees it.</summary>
public sealed record PlacementNode
{
    /// <summary>Unlike every other node's; equal plans are told apart by it.</summary>
    public required string Name { get; init; }

    /// <summary>What can hold layers, at least one.</summary>
    public required IReadOnlyList<PlacementDevice> Devices { get; init; }

    public NodeRole Role { get; init; }

    /// <summary>Bytes of its disk that may be filled with what it lacks of the model; null: as many as it takes. Its devices share them alike.</summary>
    public long? FreeDiskByteCount { get; init; }

    /// <summary>What of the model lies on its disk: it need not be fetched.</summary>
    public HeldLayers OnDisk { get; init; } = HeldLayers.None;
}

/// <summary>Whether a node is to be used.</summary>
public enum NodeRole
{
    /// <summary>Used where it makes an answer faster.</summary>
    Normal,

    /// <summary>Used before others where that costs no more than the request's tolerance.</summary>
    Preferred,

    /// <summary>Gets no layers: it is about to leave, or an operator has excluded it.</summary>
    Draining,
}

/// <summary>One processor with its memory.</summary>
public sealed record PlacementDevice
{
    /// <summary>"cpu", "cuda:0", …; unique on its node.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes this model may take: free ones, and those it has already taken here.</summary>
    public required long FreeByteCount { get; init; }

    /// <summary>Measured: bytes a second it reads from its memory. Above 0.</summary>
    public required double ReadBytesPerSecond { get; init; }

    /// <summary>Measured: F32 operations a second. Above 0.</summary>
    public required double OperationsPerSecond { get; init; }

    /// <summary>The share of the read bandwidth that decoding reaches (<c>docs/log.md</c>: 0.83 to 0.89 on the CPU).</summary>
    public double ReadShare { get; init; } = 0.85;

    /// <summary>The share of the arithmetic that prefill reaches (<c>docs/log.md</c>: 0.61 to 0.64 on the CPU).</summary>
    public double ArithmeticShare { get; init; } = 0.6;

    /// <summary>What a step costs before anything is read: waking threads, launching kernels.</summary>
    public TimeSpan StepOverhead { get; init; }

    /// <summary>
    /// What of the model is in its memory already, loaded: it need be neither fetched nor loaded. Null where nobody looked: a plan takes it for
    /// nothing, a plan after a loss for what the old plan put there.
    /// </summary>
    public HeldLayers? Resident { get; init; }
}

/// <summary>Which parts of a model are at hand.</summary>
public sealed record HeldLayers
{
    public static HeldLayers None { get; } = new();

    /// <summary>Ranges of layers, in any order.</summary>
    public IReadOnlyList<LayerRange> Ranges { get; init; } = [];

    public bool Embedding { get; init; }

    /// <summary>Final norm and head; of a tied head the embedding serves as well.</summary>
    public bool Head { get; init; }

    /// <summary>All of a model.</summary>
    public static HeldLayers All(int layerCount) => new() { Ranges = [new LayerRange(0, layerCount)], Embedding = true, Head = true };

    /// <summary>What a shard of such a range holds.</summary>
    public static HeldLayers Of(LayerRange layers, int layerCount) => new() { Ranges = [layers], Embedding = layers.IsFirst, Head = layers.End == layerCount };

    public bool Contains(int layer)
    {
        foreach (var range in Ranges)
            if (layer >= range.Start && layer < range.End) return true;
        return false;
    }
}
