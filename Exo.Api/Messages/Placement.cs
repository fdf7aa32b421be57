namespace Exo.Api;

/// <summary>Asks where a model's layers would go; moves nothing.</summary>
public sealed record PlaceRequest
{
    public required string Model { get; init; }

    /// <summary>Tokens of context to make room for; null: what the model was made for, as far as memory goes.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Sequences of that length at once; null: the default of whoever answers.</summary>
    public int? Sequences { get; init; }

    /// <summary>Weights are quantized as they are loaded; null: they run as they are stored.</summary>
    public WeightQuantization? Quantization { get; init; }
}

/// <summary>Where a model's layers would go and why, or why they can't.</summary>
public sealed record PlacementReport
{
    public required string Model { get; init; }

    /// <summary>Tokens of context that the plan has room for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Sequences of that length at once.</summary>
    public required int Sequences { get; init; }

    public required int LayerCount { get; init; }

    /// <summary>Bytes of all weights.</summary>
    public required long WeightByteCount { get; init; }

    /// <summary>Bytes of all keys and values at that context.</summary>
    public required long KvByteCount { get; init; }

    /// <summary>The ranges in their order; empty where the model is refused.</summary>
    public IReadOnlyList<PlacedShard> Shards { get; init => field = value ?? []; } = [];

    /// <summary>Expected from one token to the next, all shards and hops; 0 where the model is refused.</summary>
    public double SecondsPerToken { get; init; }

    /// <summary>Machines that take no part, and why.</summary>
    public IReadOnlyList<NodeLeftOut> LeftOut { get; init => field = value ?? []; } = [];

    /// <summary>Why so and not otherwise, a sentence each.</summary>
    public IReadOnlyList<string> Reasons { get; init => field = value ?? []; } = [];

    /// <summary>Why the model can't be placed, with the sums; null where it can.</summary>
    public string? Refusal { get; init; }
}

/// <summary>A range of layers on a device.</summary>
public sealed record PlacedShard
{
    public required string Node { get; init; }

    /// <summary>"cpu", "cuda:0", …</summary>
    public required string Device { get; init; }

    /// <summary>The first layer of the range; 0 also holds the embedding.</summary>
    public required int FirstLayer { get; init; }

    /// <summary>One past its last layer; the range that ends the model also holds norm and head.</summary>
    public required int EndLayer { get; init; }

    public required long WeightByteCount { get; init; }

    public required long KvByteCount { get; init; }

    /// <summary>Bytes free on the device before anything moves.</summary>
    public required long FreeByteCount { get; init; }

    /// <summary>Expected for one token in this range.</summary>
    public required double ComputeSeconds { get; init; }

    /// <summary>Expected for one token to get here from the range before; for the first: from the last one, since the next token goes back to it. 0 on the same machine.</summary>
    public required double HopSeconds { get; init; }
}

/// <summary>A machine that a plan does without.</summary>
public sealed record NodeLeftOut(string Node, string Reason);
