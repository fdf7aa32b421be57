namespace Exo.Api;

/// <summary>Asks for a model to be made ready.</summary>
public sealed record LoadRequest
{
    public required string Model { get; init; }

    /// <summary>Tokens of context to make room for; null: what the model was made for, as far as memory goes.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Compute threads; null: all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>Weights are quantized as they are loaded; null: they run as they are stored.</summary>
    public WeightQuantization? Quantization { get; init; }

    /// <summary>Equal ranges of layers to split the model into, over the machines there are; null: as the placement finds best.</summary>
    public int? ShardCount { get; init; }
}

/// <summary>Where a load stands.</summary>
/// <param name="Fraction">0 to 1.</param>
/// <param name="Model">Set once the model is ready.</param>
/// <param name="IsFetching">From now until the next of these, nodes of a cluster fetch what they lack.</param>
public sealed record LoadProgress(double Fraction, LoadedModelInfo? Model, bool IsFetching = false);

/// <summary>A model that is ready to answer.</summary>
public sealed record LoadedModelInfo
{
    /// <summary>As it was asked for.</summary>
    public required string Name { get; init; }

    public required string Path { get; init; }

    /// <summary>Tokens of context there is room for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Bytes of its weights.</summary>
    public required long ByteCount { get; init; }

    /// <summary>"cpu", "cuda:0", …</summary>
    public required string Device { get; init; }

    /// <summary>How it takes a plain prompt.</summary>
    public required PromptStyle PromptStyle { get; init; }

    public required bool HasChatTemplate { get; init; }

    /// <summary>The model's own sampling, Exo's defaults where it has none.</summary>
    public required SamplingSettings Sampling { get; init; }

    /// <summary>Answers being written.</summary>
    public int ActiveCount { get; init; }

    public DateTimeOffset LoadedAt { get; init; }

    /// <summary>Bytes set aside for keys and values.</summary>
    public long KvByteCount { get; init; }

    /// <summary>Of these, bytes that running answers hold now: 0 when idle.</summary>
    public long KvUsedByteCount { get; init; }

    /// <summary>When it will be unloaded unless it is asked before; null: it stays, or answers right now.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Where its layers are, in their order.</summary>
    public IReadOnlyList<ResidentShard> Shards { get; init => field = value ?? []; } = [];
}

/// <summary>A contiguous range of a model's layers in one device's memory.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Node">The machine.</param>
/// <param name="Device">"cpu", "cuda:0", …</param>
/// <param name="FirstLayer">The first layer of the range; 0 also holds the embedding.</param>
/// <param name="EndLayer">One past its last layer; the range that ends the model also holds norm and head.</param>
public sealed record ResidentShard(string Model, string Node, string Device, int FirstLayer, int EndLayer, long WeightByteCount, long KvByteCount);
