using Exo.Engine.Weights;

namespace Exo.Engine.Models;

/// <summary>The tensors a contiguous range of layers needs, looked up by name once, their shapes checked against the spec.</summary>
public sealed record ShardWeights
{
    /// <summary>[vocabSize, hiddenSize]; on the first shard, and on the last where the head is tied.</summary>
    public Tensor? Embedding { get; init; }

    public required IReadOnlyList<LayerWeights> Layers { get; init; }

    /// <summary>[hiddenSize]; on the last shard.</summary>
    public Tensor? FinalNorm { get; init; }

    /// <summary>[vocabSize, hiddenSize]; on the last shard. The embedding itself where the head is tied.</summary>
    public Tensor? Head { get; init; }
}

/// <summary>One layer's tensors. Projections are [outputSize, inputSize]; queries, keys and values are head after head.</summary>
public sealed record LayerWeights
{
    /// <summary>[hiddenSize]</summary>
    public required Tensor AttentionNorm { get; init; }

    /// <summary>[heads · headSize, hiddenSize]</summary>
    public required Tensor Query { get; init; }

    /// <summary>[kvHeads · headSize, hiddenSize]</summary>
    public required Tensor Key { get; init; }

    /// <summary>[kvHeads · headSize, hiddenSize]</summary>
    public required Tensor Value { get; init; }

    /// <summary>[hiddenSize, heads · headSize]</summary>
    public required Tensor Output { get; init; }

    public Tensor? QueryBias { get; init; }

    public Tensor? KeyBias { get; init; }

    public Tensor? ValueBias { get; init; }

    public Tensor? OutputBias { get; init; }

    /// <summary>[headSize], where the spec has a query/key norm.</summary>
    public Tensor? QueryNorm { get; init; }

    /// <summary>[headSize], where the spec has a query/key norm.</summary>
    public Tensor? KeyNorm { get; init; }

    /// <summary>[hiddenSize], after the attention, where the spec has post norms.</summary>
    public Tensor? PostAttentionNorm { get; init; }

    /// <summary>[hiddenSize], before the feed-forward block.</summary>
    public required Tensor FeedForwardNorm { get; init; }

    /// <summary>[hiddenSize], after the feed-forward block, where the spec has post norms.</summary>
    public Tensor? PostFeedForwardNorm { get; init; }

    /// <summary>[experts, hiddenSize], where the spec has experts.</summary>
    public Tensor? Router { get; init; }

    /// <summary>One block for a dense layer, one an expert otherwise.</summary>
    public required IReadOnlyList<FeedForwardWeights> FeedForward { get; init; }
}

/// <summary>One gated feed-forward block.</summary>
public sealed record FeedForwardWeights
{
    /// <summary>[intermediateSize, hiddenSize]</summary>
    public required Tensor Gate { get; init; }

    /// <summary>[intermediateSize, hiddenSize]</summary>
    public required Tensor Up { get; init; }

    /// <summary>[hiddenSize, intermediateSize]</summary>
    public required Tensor Down { get; init; }

    public Tensor? GateBias { get; init; }

    public Tensor? UpBias { get; init; }

    public Tensor? DownBias { get; init; }
}
