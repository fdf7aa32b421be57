using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Engine.Measuring;

/// <summary>
/// What a step has to read and to compute at the least, from formats and shapes alone: bytes are those of the form in which matrices are loaded. A tied head is read once, as the head; of an embedding a row; of experts
/// those that tokens pick.
/// </summary>
/// <param name="spec">The model.</param>
/// <param name="weights">All of its layers.</param>
/// <param name="kvByteCountPerPosition">Bytes that keys and values of one position take over all layers.</param>
internal sealed class StepWork(DecoderSpec spec, ShardWeights weights, long kvByteCountPerPosition)
{
    /// <summary>Bytes one decoding step reads: the weights, and for each of the sequences the keys and values of its context.</summary>
    public double ByteCount(int batch, int context)
    {
        var bytes = (double)LoadedSize.Of(weights.Head!);
        for (var i = 0; i < weights.Layers.Count; i++)
        {
            var layer = weights.Layers[i];
            bytes += Dense(layer).Sum(LoadedSize.Of);
            bytes += ReadExperts(spec.Layers[i], batch) * Gated(layer.FeedForward[0]).Sum(LoadedSize.Of);
            bytes += kvByteCountPerPosition / (double)weights.Layers.Count * batch * Seen(spec.Layers[i].Attention, context);
        }

        return bytes;
    }

    /// <summary>Floating-point operations of tokens at the positions <paramref name="start"/> to start + count of one sequence, a product and a sum counted as two.</summary>
    /// <param name="logits">Tokens whose logits are computed.</param>
    public double Operations(int start, int count, int logits)
    {
        var operations = 2.0 * weights.Head!.Elements * logits;
        for (var i = 0; i < weights.Layers.Count; i++)
        {
            var (layer, attention) = (weights.Layers[i], spec.Layers[i].Attention);
            var active = spec.Layers[i].FeedForward.Experts?.ActiveCount ?? 1;
            var elements = Dense(layer).Sum(matrix => matrix.Elements) + active * Gated(layer.FeedForward[0]).Sum(matrix => matrix.Elements);
            operations += 2.0 * elements * count;
            for (var position = start; position < start + count; position++) operations += 4.0 * attention.Heads * attention.HeadSize * Seen(attention, position + 1);
        }

        return operations;
    }

    /// <summary>Experts that some token of the batch picks, on average over random picks; 1 in a dense layer.</summary>
    internal static double ReadExperts(LayerSpec layer, int batch) => layer.FeedForward.Experts is { } experts
        ? experts.Count * (1 - Math.Pow(1 - experts.ActiveCount / (double)experts.Count, batch))
        : 1;

    private static int Seen(AttentionSpec attention, int positions) => Math.Min(positions, attention.SlidingWindow ?? int.MaxValue);

    private static IEnumerable<Tensor> Dense(LayerWeights layer) =>
        layer.Router is null ? [layer.Query, layer.Key, layer.Value, layer.Output] : [layer.Query, layer.Key, layer.Value, layer.Output, layer.Router];

    private static Tensor[] Gated(FeedForwardWeights block) => [block.Gate, block.Up, block.Down];
}
