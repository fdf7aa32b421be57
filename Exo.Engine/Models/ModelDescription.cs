using Exo.Engine.Weights;

namespace Exo.Engine.Models;

/// <summary>What a model is, in figures; serializes to JSON as it stands.</summary>
public sealed record ModelDescription
{
    public required string Path { get; init; }

    /// <summary>"safetensors" or "gguf".</summary>
    public required string Format { get; init; }

    /// <summary>The family: "llama", "qwen3", …</summary>
    public required string Architecture { get; init; }

    /// <summary>Elements of all tensors the model uses, a shared one counted once.</summary>
    public required long Parameters { get; init; }

    public required int HiddenSize { get; init; }

    public required int VocabSize { get; init; }

    /// <summary>Tokens the model was made for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Bytes by stored type: {"BF16": 2471645184, …}.</summary>
    public required IReadOnlyDictionary<string, long> DTypes { get; init; }

    /// <summary>Bytes of all tensors the model uses.</summary>
    public required long ByteCount { get; init; }

    public required long EmbeddingByteCount { get; init; }

    /// <summary>0 where the head is the embedding.</summary>
    public required long HeadByteCount { get; init; }

    public required bool TiedHead { get; init; }

    /// <summary>Elements the KV cache keeps for one position, over all layers.</summary>
    public required long KvElementsPerToken { get; init; }

    /// <summary>"byte-level BPE, 151936 tokens"; null where the model brings none.</summary>
    public required string? Tokenizer { get; init; }

    /// <summary>The model brings a template for chats.</summary>
    public required bool HasChatTemplate { get; init; }

    public required IReadOnlyList<LayerDescription> Layers { get; init; }

    /// <param name="files">The model.</param>
    /// <param name="weights">All of its tensors.</param>
    internal static ModelDescription Of(ModelFiles files, ShardWeights weights)
    {
        var spec = files.Spec;
        var layers = weights.Layers.Select((layer, i) => LayerDescription.Of(i, spec.Layers[i], layer)).ToList();
        var tensors = weights.Tensors().ToList();
        return new ModelDescription
        {
            Path = files.Path,
            Format = files.Format,
            Architecture = spec.Architecture,
            Parameters = tensors.Sum(tensor => tensor.Elements),
            HiddenSize = spec.HiddenSize,
            VocabSize = spec.VocabSize,
            ContextLength = spec.ContextLength,
            DTypes = tensors.GroupBy(tensor => tensor.Type).OrderByDescending(group => group.Sum(tensor => tensor.ByteCount))
                .ToDictionary(group => group.Key.ToString(), group => group.Sum(tensor => tensor.ByteCount)),
            ByteCount = tensors.Sum(tensor => tensor.ByteCount),
            EmbeddingByteCount = weights.Embedding!.ByteCount,
            HeadByteCount = spec.TiedHead ? 0 : weights.Head!.ByteCount,
            TiedHead = spec.TiedHead,
            KvElementsPerToken = spec.Layers.Sum(layer => 2L * layer.Attention.KvHeads * layer.Attention.HeadSize),
            Tokenizer = files.HasTokenizer ? files.Tokenizer.Kind : null,
            HasChatTemplate = files.ChatTemplateSource is not null,
            Layers = layers,
        };
    }
}

/// <summary>One layer in figures.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Attention">"32 heads over 8, size 128, window 4096".</param>
/// <param name="FeedForward">"8192" or "128 experts of 768, 8 active".</param>
/// <param name="ByteCount">Bytes of its tensors.</param>
public sealed record LayerDescription(int Index, string Attention, string FeedForward, long ByteCount)
{
    internal static LayerDescription Of(int index, LayerSpec spec, LayerWeights weights)
    {
        var (attention, feedForward) = (spec.Attention, spec.FeedForward);
        var window = attention.SlidingWindow is { } positions ? $", window {positions}" : "";
        return new LayerDescription(
            index,
            $"{attention.Heads} heads over {attention.KvHeads}, size {attention.HeadSize}{window}",
            feedForward.Experts is { } experts ? $"{experts.Count} experts of {feedForward.IntermediateSize}, {experts.ActiveCount} active" : $"{feedForward.IntermediateSize}",
            weights.Tensors().Sum(tensor => tensor.ByteCount));
    }
}
