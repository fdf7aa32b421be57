namespace Exo.Engine.Models.HuggingFace;

/// <summary>Which of the attention's projections have biases.</summary>
internal enum BiasRule
{
    Never,

    /// <summary>Queries, keys and values, whatever the config says (Qwen2).</summary>
    QueryKeyValue,

    /// <summary>All four where attention_bias is true.</summary>
    AsConfigured,
}

/// <summary>Which layers see only the last sliding_window positions, where layer_types doesn't say.</summary>
internal enum WindowRule
{
    Never,

    /// <summary>All, where sliding_window is set (Mistral).</summary>
    EveryLayer,

    /// <summary>All, where use_sliding_window is true (Qwen3-MoE).</summary>
    EveryLayerIfUsed,

    /// <summary>Those from max_window_layers on, where use_sliding_window is true (Qwen2, Qwen3).</summary>
    LaterLayersIfUsed,

    /// <summary>All but every n-th (Gemma 2: 2; Gemma 3: sliding_window_pattern).</summary>
    Pattern,
}

/// <summary>
/// What a model_type means beyond its config's keys: the values of absent keys and the parts of the architecture that are
/// fixed. Source: the configuration_*.py and modeling_*.py of each in huggingface/transformers.
/// </summary>
internal sealed record HfFamily(string ModelType)
{
    public int HiddenSize { get; init; } = 4096;

    public int IntermediateSize { get; init; } = 11008;

    public int Layers { get; init; } = 32;

    public int Heads { get; init; } = 32;

    /// <summary>Null: as many as heads.</summary>
    public int? KvHeads { get; init; }

    /// <summary>Null: hidden size over heads.</summary>
    public int? HeadSize { get; init; }

    public int VocabSize { get; init; } = 32000;

    public int ContextLength { get; init; } = 2048;

    public double RopeTheta { get; init; } = 10_000;

    public BiasRule Bias { get; init; } = BiasRule.Never;

    public WindowRule Window { get; init; } = WindowRule.Never;

    /// <summary>The feed-forward blocks have biases where mlp_bias is true.</summary>
    public bool ReadsFeedForwardBias { get; init; }

    public bool QueryKeyNorm { get; init; }

    public bool Experts { get; init; }

    /// <summary>(1 + weight) norms, scaled embeddings, post norms, GELU, soft caps, query_pre_attn_scalar.</summary>
    public bool Gemma { get; init; }

    public double? ScoreSoftCap { get; init; }

    public double? LogitSoftCap { get; init; }

    /// <summary>Layers with a window rotate by rope_local_base_freq, unscaled.</summary>
    public bool LocalRope { get; init; }

    /// <summary>Every n-th layer is a full one.</summary>
    public int WindowPattern { get; init; } = 2;

    public static IReadOnlyList<HfFamily> All { get; } =
    [
        new("llama") { Bias = BiasRule.AsConfigured, ReadsFeedForwardBias = true },
        new("mistral") { IntermediateSize = 14336, KvHeads = 8, ContextLength = 131072, Window = WindowRule.EveryLayer },
        new("qwen2")
        {
            IntermediateSize = 22016, KvHeads = 32, VocabSize = 151936, ContextLength = 32768,
            Bias = BiasRule.QueryKeyValue, Window = WindowRule.LaterLayersIfUsed,
        },
        new("qwen3")
        {
            IntermediateSize = 22016, KvHeads = 32, HeadSize = 128, VocabSize = 151936, ContextLength = 32768,
            Bias = BiasRule.AsConfigured, Window = WindowRule.LaterLayersIfUsed, QueryKeyNorm = true,
        },
        new("qwen3_moe")
        {
            HiddenSize = 2048, IntermediateSize = 6144, Layers = 24, KvHeads = 4, VocabSize = 151936, ContextLength = 32768,
            Bias = BiasRule.AsConfigured, Window = WindowRule.EveryLayerIfUsed, QueryKeyNorm = true, Experts = true,
        },
        new("gemma2")
        {
            HiddenSize = 2304, IntermediateSize = 9216, Layers = 26, Heads = 8, KvHeads = 4, HeadSize = 256, VocabSize = 256000,
            ContextLength = 8192, Bias = BiasRule.AsConfigured, Window = WindowRule.Pattern, Gemma = true, ScoreSoftCap = 50, LogitSoftCap = 30,
        },
        new("gemma3_text")
        {
            HiddenSize = 2304, IntermediateSize = 9216, Layers = 26, Heads = 8, KvHeads = 4, HeadSize = 256, VocabSize = 262208,
            ContextLength = 131072, RopeTheta = 1_000_000, Bias = BiasRule.AsConfigured, Window = WindowRule.Pattern, WindowPattern = 6,
            QueryKeyNorm = true, Gemma = true, LocalRope = true,
        },
    ];

    /// <summary>What a person calls them.</summary>
    public const string Supported = "llama (Llama 1 to 3.x), mistral, qwen2 (Qwen2, Qwen2.5), qwen3, qwen3_moe, gemma2, gemma3_text (Gemma 3)";
}
