namespace Exo.Engine.Models;

/// <summary>
/// What a decoder-only transformer computes, declared once: every backend interprets this and nothing else.
/// It holds shapes and constants, never weights, and knows no file format.
/// </summary>
public sealed record DecoderSpec
{
    /// <summary>The family as its config names it: "llama", "qwen3", …</summary>
    public required string Architecture { get; init; }

    public required int HiddenSize { get; init; }

    public required int VocabSize { get; init; }

    /// <summary>Tokens the model was made for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>One entry a layer, in order.</summary>
    public required IReadOnlyList<LayerSpec> Layers { get; init; }

    /// <summary>Added to the mean square in every RMS norm.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Norms scale by (1 + weight) instead of weight (Gemma).</summary>
    public bool NormAddsOne { get; init; }

    /// <summary>Factor on the embeddings: 1, or √hiddenSize (Gemma).</summary>
    public float EmbeddingScale { get; init; } = 1f;

    /// <summary>The head's matrix is the embedding's.</summary>
    public required bool TiedHead { get; init; }

    /// <summary>cap · tanh(logit / cap) on the final logits, or null.</summary>
    public float? LogitSoftCap { get; init; }

    /// <summary>Some layer chooses between experts.</summary>
    public bool HasExperts => Layers.Any(layer => layer.FeedForward.Experts is not null);
}

/// <summary>
/// One layer: x += post(attention(norm(x))); x += post(feedForward(norm(x))). The post norms exist only where
/// <see cref="PostNorms"/> says so (Gemma 2 and 3).
/// </summary>
public sealed record LayerSpec
{
    public required AttentionSpec Attention { get; init; }

    public required FeedForwardSpec FeedForward { get; init; }

    public bool PostNorms { get; init; }
}

/// <summary>Grouped-query attention with rotary positions.</summary>
public sealed record AttentionSpec
{
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values; divides <see cref="Heads"/>.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Elements of one head; even.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Factor on query · key, usually 1/√headSize.</summary>
    public required float Scale { get; init; }

    public required RopeSpec Rope { get; init; }

    /// <summary>A query sees this many last positions, itself included; null means all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>cap · tanh(score / cap) before the softmax, or null.</summary>
    public float? ScoreSoftCap { get; init; }

    /// <summary>RMS norm over each head of the queries and keys, before the rotation (Qwen3, Gemma 3).</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>The query, key and value projections have biases (Qwen2).</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>The output projection has a bias.</summary>
    public bool OutputBias { get; init; }
}

/// <summary>down(activation(gate(x)) · up(x)), dense or over a mixture of experts.</summary>
public sealed record FeedForwardSpec
{
    /// <summary>Width of the gate, of one expert's gate where <see cref="Experts"/> is set.</summary>
    public required int IntermediateSize { get; init; }

    public required Activation Activation { get; init; }

    /// <summary>The three projections have biases (some Llama derivatives).</summary>
    public bool Bias { get; init; }

    public ExpertSpec? Experts { get; init; }
}

/// <summary>A router picks <see cref="ActiveCount"/> of <see cref="Count"/> experts for each token by softmax over all of them.</summary>
public sealed record ExpertSpec
{
    public required int Count { get; init; }

    public required int ActiveCount { get; init; }

    /// <summary>The picked experts' weights are scaled to sum to one.</summary>
    public required bool NormalizeWeights { get; init; }
}

public enum Activation
{
    /// <summary>x · sigmoid(x)</summary>
    Silu,

    /// <summary>0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))</summary>
    GeluTanh,
}
