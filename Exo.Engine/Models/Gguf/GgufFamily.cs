namespace Exo.Engine.Models.Gguf;

/// <summary>
/// What a general.architecture means beyond its keys: the parts that llama.cpp fixes in code. Source: llama.cpp's src/llama-model.cpp
/// (load_hparams) and the model graphs beside it.
/// </summary>
/// <param name="Architecture">As the file names it.</param>
/// <param name="ModelType">The family as Hugging Face names it.</param>
internal sealed record GgufFamily(string Architecture, string ModelType)
{
    /// <summary>Rotation pairs neighbours (llama.cpp's "normal" rope); the converter has permuted the rows of queries and keys to suit.</summary>
    public bool Interleaved { get; init; }

    public bool QueryKeyNorm { get; init; }

    /// <summary>Scaled embeddings, post norms, GELU.</summary>
    public bool Gemma { get; init; }

    /// <summary>Every n-th layer sees everything, the others a window; 0: all layers are alike.</summary>
    public int WindowPattern { get; init; }

    /// <summary>The window where the file names none.</summary>
    public int? Window { get; init; }

    /// <summary>Layers with a window rotate by this base, unscaled.</summary>
    public double? LocalRopeTheta { get; init; }

    public float? ScoreSoftCap { get; init; }

    public float? LogitSoftCap { get; init; }

    /// <summary>So many layers tell the size whose queries are scaled by 1/√(hiddenSize / heads) instead of 1/√headSize.</summary>
    public int WideScaleLayers { get; init; }

    public static IReadOnlyList<GgufFamily> All { get; } =
    [
        new("llama", "llama") { Interleaved = true },
        new("qwen2", "qwen2"),
        new("qwen3", "qwen3") { QueryKeyNorm = true },
        new("qwen3moe", "qwen3_moe") { QueryKeyNorm = true },
        new("gemma2", "gemma2") { Gemma = true, WindowPattern = 2, Window = 4096, ScoreSoftCap = 50, LogitSoftCap = 30, WideScaleLayers = 46 },
        new("gemma3", "gemma3_text") { Gemma = true, WindowPattern = 6, QueryKeyNorm = true, LocalRopeTheta = 10_000, WideScaleLayers = 62 },
    ];

    /// <summary>The family of a name, or null.</summary>
    public static GgufFamily? Named(string architecture) => All.FirstOrDefault(family => family.Architecture == architecture);

    /// <summary>For messages.</summary>
    public static string Supported => string.Join(", ", All.Select(family => family.Architecture));
}
