using Exo.Engine.Backends;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Engine.Placement;

/// <summary>Counts what a spec and its tensors' sizes come to, as the CPU holds them in memory. It looks at no weight.</summary>
/// <param name="spec">The model.</param>
/// <param name="kvType">How keys and values are kept.</param>
/// <param name="typeOf">The format that a stored tensor has in memory.</param>
internal sealed class ModelCosts(DecoderSpec spec, KvType kvType, Func<Tensor, DType> typeOf)
{
    /// <summary>A product and a sum.</summary>
    private const double OperationsPerElement = 2;

    public ModelCost Of(string name, ShardWeights weights) => new()
    {
        Model = name,
        ContextLength = spec.ContextLength,
        Layers = [.. spec.Layers.Select((layer, i) => Layer(layer, weights.Layers[i]))],
        EmbeddingByteCount = typeOf(weights.Embedding!).ByteCount(weights.Embedding!.Elements), // Rows are looked up where they are stored.
        EmbeddingDiskByteCount = weights.Embedding.ByteCount,
        HeadByteCount = BytesOf(weights.Head!) + weights.FinalNorm!.ByteCount,
        HeadDiskByteCount = weights.Head!.ByteCount + weights.FinalNorm.ByteCount,
        TiedHead = spec.TiedHead,
        HeadOperationsPerToken = OperationsPerElement * weights.Head.Elements,
        HiddenByteCount = (long)spec.HiddenSize * sizeof(float),
        ActivationByteCountPerToken = spec.Layers.Max(layer => Activations(spec, layer)),
        LogitByteCount = (long)spec.VocabSize * sizeof(float),
    };

    private LayerCost Layer(LayerSpec layer, LayerWeights weights)
    {
        var (attention, experts) = (layer.Attention, layer.FeedForward.Experts);
        var kvSize = KvTypes.Resolve(kvType, spec, typeOf(weights.Key)) == KvType.F32 ? sizeof(float) : sizeof(ushort);
        var block = weights.FeedForward.SelectMany(Matrices).ToList();
        var active = experts is null ? 1.0 : (double)experts.ActiveCount / experts.Count;
        Tensor?[] always = [weights.Query, weights.Key, weights.Value, weights.Output, weights.Router];
        return new LayerCost
        {
            WeightByteCount = weights.Tensors().Sum(BytesOf),
            DiskByteCount = weights.Tensors().Sum(tensor => tensor.ByteCount),
            ExpertByteCount = experts is null ? 0 : block.Sum(BytesOf),
            ExpertCount = experts?.Count ?? 0,
            ActiveExpertCount = experts?.ActiveCount ?? 0,
            KvByteCountPerPosition = 2L * attention.KvHeads * attention.HeadSize * kvSize,
            SlidingWindow = attention.SlidingWindow,
            OperationsPerToken = OperationsPerElement * (always.Sum(tensor => tensor?.Elements ?? 0) + active * block.Sum(tensor => tensor.Elements)),
            // query · key and weight · value, each over all heads
            OperationsPerPosition = 2 * OperationsPerElement * attention.Heads * attention.HeadSize,
        };
    }

    private long BytesOf(Tensor tensor) => LoadedSize.Of(tensor, typeOf(tensor));

    private static IEnumerable<Tensor> Matrices(FeedForwardWeights block) => [block.Gate, block.Up, block.Down];

    /// <summary>
    /// Bytes of one token's buffers on the CPU: residual, normed and projected; queries and what they gathered; keys and values; the gate; the
    /// copy handed on; of a mixture also one expert's gathered inputs and outputs.
    /// </summary>
    private static long Activations(DecoderSpec spec, LayerSpec layer)
    {
        var (attention, block) = (layer.Attention, layer.FeedForward);
        long elements = 4L * spec.HiddenSize + 2L * attention.Heads * attention.HeadSize + 2L * attention.KvHeads * attention.HeadSize + block.IntermediateSize;
        if (block.Experts is { } experts) elements += 2L * spec.HiddenSize + block.IntermediateSize + 2L * experts.Count;
        return elements * sizeof(float);
    }
}
