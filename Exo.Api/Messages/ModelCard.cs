using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>What a model is.</summary>
public sealed record ModelCard
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    /// <summary>The family as its config names it: "llama", "qwen3", …</summary>
    public required string Architecture { get; init; }

    public required long ParameterCount { get; init; }

    /// <summary>Tokens the model was made for.</summary>
    public required int ContextLength { get; init; }

    public required int HiddenSize { get; init; }

    public required int VocabSize { get; init; }

    /// <summary>How the weights are stored, the type with the most bytes first.</summary>
    [JsonPropertyName("dtypes")]
    public required IReadOnlyList<DTypeShare> DTypes { get; init; }

    /// <summary>Bytes of all tensors.</summary>
    public required long ByteCount { get; init; }

    /// <summary>"safetensors" or "gguf".</summary>
    public required string Format { get; init; }

    /// <summary>Bytes of keys and values that one token of context takes, at 16 bits an element.</summary>
    public required long KvByteCountPerToken { get; init; }

    /// <summary>In words: "byte-level BPE, 128000 tokens".</summary>
    public required string Tokenizer { get; init; }

    public required bool HasChatTemplate { get; init; }

    /// <summary>How a plain prompt is taken.</summary>
    public required PromptStyle PromptStyle { get; init; }

    /// <summary>The layers in order, the embedding before and the head after them.</summary>
    public required IReadOnlyList<LayerCard> Layers { get; init; }

    /// <summary>The model's own sampling, Exo's defaults where it has none.</summary>
    public required SamplingSettings Sampling { get; init; }
}

/// <summary>A storage type and the bytes stored in it.</summary>
public sealed record DTypeShare([property: JsonPropertyName("dtype")] string DType, long ByteCount);

/// <summary>One layer.</summary>
/// <param name="Name">"layer 0", "embedding", "norm and head".</param>
/// <param name="Attention">In words: "32 heads over 8, size 64"; null where there is none.</param>
/// <param name="FeedForward">Its width, or its experts, in words; null where there is none.</param>
public sealed record LayerCard(string Name, long ByteCount, string? Attention = null, string? FeedForward = null);

/// <summary>How a model takes a plain prompt.</summary>
[JsonConverter(typeof(SnakeCaseEnum<PromptStyle>))]
public enum PromptStyle
{
    /// <summary>As one user message, through the chat template.</summary>
    Chat,

    /// <summary>As the beginning of a text that the model continues.</summary>
    Continue,
}
