using Exo.Engine.Weights;

namespace Exo.Engine.Models;

/// <summary>A shard's tensors one after the other: for prefetching and for counting.</summary>
public static class ShardTensors
{
    /// <summary>Every tensor once: the embedding, the layers, the final norm, the head where it is not the embedding.</summary>
    public static IEnumerable<Tensor> Tensors(this ShardWeights weights) => Present(
        [weights.Embedding, .. weights.Layers.SelectMany(Tensors), weights.FinalNorm, ReferenceEquals(weights.Head, weights.Embedding) ? null : weights.Head]);

    /// <summary>
    /// Every tensor once, in the order in which a pass has to have them whole: the layers, the final norm, the head. A separate embedding comes last: a token
    /// needs a row of it.
    /// </summary>
    public static IEnumerable<Tensor> InOrderOfUse(this ShardWeights weights) => Present(
        [.. weights.Layers.SelectMany(Tensors), weights.FinalNorm, weights.Head, ReferenceEquals(weights.Head, weights.Embedding) ? null : weights.Embedding]);

    /// <summary>The tensors of one layer.</summary>
    public static IEnumerable<Tensor> Tensors(this LayerWeights layer) => Present(
    [
        layer.AttentionNorm, layer.Query, layer.QueryBias, layer.QueryNorm, layer.Key, layer.KeyBias, layer.KeyNorm, layer.Value, layer.ValueBias,
        layer.Output, layer.OutputBias, layer.PostAttentionNorm, layer.FeedForwardNorm, layer.Router, .. layer.FeedForward.SelectMany(Tensors),
        layer.PostFeedForwardNorm,
    ]);

    private static IEnumerable<Tensor?> Tensors(FeedForwardWeights block) =>
        [block.Gate, block.GateBias, block.Up, block.UpBias, block.Down, block.DownBias];

    private static IEnumerable<Tensor> Present(IEnumerable<Tensor?> tensors) => tensors.OfType<Tensor>();
}
