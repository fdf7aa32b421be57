using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Engine.Quantization;

namespace Exo.Engine.Placement;

/// <summary>What a model costs, layer by layer and at both ends: all that a placement has to know of it. Plain figures, fit to be sent.</summary>
public sealed record ModelCost
{
    /// <summary>The model's name, for sentences.</summary>
    public required string Model { get; init; }

    /// <summary>Tokens the model was made for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>One a layer, in order.</summary>
    public required IReadOnlyList<LayerCost> Layers { get; init; }

    /// <summary>Bytes of the embedding as it is looked up, held by the first shard. A token reads one row of it, which is counted as nothing.</summary>
    public required long EmbeddingByteCount { get; init; }

    /// <summary>Bytes of final norm and head, held and read for every token by the last shard; of a tied head the embedding in the form in which it is multiplied.</summary>
    public required long HeadByteCount { get; init; }

    /// <summary>Bytes of the embedding on the disk; null: as many as in memory.</summary>
    public long? EmbeddingDiskByteCount { get; init; }

    /// <summary>Bytes of norm and head on the disk; null: as many as in memory.</summary>
    public long? HeadDiskByteCount { get; init; }

    /// <summary>The head is the embedding: a shard with both ends holds it once, as the head, and two shards each hold it.</summary>
    public required bool TiedHead { get; init; }

    /// <summary>Operations of the head for one token.</summary>
    public required double HeadOperationsPerToken { get; init; }

    /// <summary>Bytes of one token's hidden state between two shards.</summary>
    public required long HiddenByteCount { get; init; }

    /// <summary>Bytes of buffers a shard needs for each token of a step.</summary>
    public required long ActivationByteCountPerToken { get; init; }

    /// <summary>Bytes of logits the last shard needs for each sequence of a step.</summary>
    public required long LogitByteCount { get; init; }

    /// <summary>Bytes of all tensors on the disk, each counted once.</summary>
    public long DiskByteCount
    {
        get
        {
            var (embedding, head) = (EmbeddingDiskByteCount ?? EmbeddingByteCount, HeadDiskByteCount ?? HeadByteCount);
            return Layers.Sum(layer => layer.DiskByteCount ?? layer.WeightByteCount) + (TiedHead ? Math.Max(embedding, head) : embedding + head);
        }
    }

    /// <summary>Bytes of all tensors in memory, each counted once.</summary>
    public long WeightByteCount => WeightBytesOf(new LayerRange(0, Layers.Count));

    /// <summary>Bytes in memory of the tensors that a range of layers needs, its ends included.</summary>
    public long WeightBytesOf(LayerRange layers) => EndBytesOf(layers) + LayerBytesOf(layers);

    /// <summary>Bytes in memory of the embedding and the head as far as a range has these ends.</summary>
    public long EndBytesOf(LayerRange layers)
    {
        var (first, last) = (layers.IsFirst, layers.End == Layers.Count);
        return (first && !(last && TiedHead) ? EmbeddingByteCount : 0) + (last ? HeadByteCount : 0);
    }

    /// <summary>Bytes of the layers of a range, without ends.</summary>
    public long LayerBytesOf(LayerRange layers)
    {
        var sum = 0L;
        for (var i = layers.Start; i < layers.End; i++) sum += Layers[i].WeightByteCount;
        return sum;
    }

    /// <summary>Describes a model by its spec and its files' headers; a file whose weights are holes still tells everything. One that is quantized while it loads is told as it is then.</summary>
    /// <param name="files">The model.</param>
    /// <param name="kvType">How keys and values are kept.</param>
    /// <exception cref="InvalidModelException">A file is not what it must be.</exception>
    public static ModelCost Of(ModelFiles files, KvType kvType = KvType.Auto)
    {
        var quantized = files as QuantizedModel;
        using var stored = quantized?.OpenStored() ?? files.OpenWeights();
        return new ModelCosts(files.Spec, kvType, quantized is null ? tensor => tensor.Type : quantized.TypeOf).Of(files.Path, files.LoadShard(stored, LayerRange.All(files.Spec)));
    }
}
