using Exo.Engine.Models;
using Exo.Engine.Models.Gguf;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Quantization;

/// <summary>The key-values of a model that is written as GGUF. Source of the keys: gguf-py's constants.py.</summary>
internal static class ModelKeys
{
    /// <exception cref="InvalidModelException">The tokenizer is none that GGUF can express.</exception>
    public static void Write(GgufWriter writer, ModelFiles files, GgufFamily family, DType type)
    {
        writer.Text("general.architecture", family.Architecture);
        writer.Text("general.type", "model");
        writer.Text("general.name", Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(files.Path))));
        writer.UInt32("general.file_type", FileType(type));
        writer.UInt32("general.quantization_version", 2);
        WriteSpec(writer, files.Spec, family.Architecture);
        WriteSampling(writer, files.Generation);
        if (files is GgufFile file) CopyTokenizer(writer, file.Metadata);
        else if (files.HasTokenizer) VocabularyKeys.Write(writer, files);
    }

    private static void WriteSpec(GgufWriter writer, DecoderSpec spec, string architecture)
    {
        string Key(string key) => $"{architecture}.{key}";
        var first = spec.Layers[0].Attention;
        var dense = spec.Layers.Select(layer => layer.FeedForward).FirstOrDefault(block => block.Experts is null);
        var sparse = spec.Layers.Select(layer => layer.FeedForward).FirstOrDefault(block => block.Experts is not null);
        writer.UInt32(Key("block_count"), (uint)spec.Layers.Count);
        writer.UInt32(Key("context_length"), (uint)spec.ContextLength);
        writer.UInt32(Key("embedding_length"), (uint)spec.HiddenSize);
        writer.UInt32(Key("feed_forward_length"), (uint)(dense?.IntermediateSize ?? sparse!.IntermediateSize * sparse.Experts!.ActiveCount));
        writer.UInt32(Key("attention.head_count"), (uint)first.Heads);
        writer.UInt32(Key("attention.head_count_kv"), (uint)first.KvHeads);
        writer.UInt32(Key("attention.key_length"), (uint)first.HeadSize);
        writer.UInt32(Key("attention.value_length"), (uint)first.HeadSize);
        writer.Float(Key("attention.layer_norm_rms_epsilon"), spec.NormEpsilon);
        writer.UInt32(Key("vocab_size"), (uint)spec.VocabSize);
        if (spec.Layers.Select(layer => layer.Attention.SlidingWindow).FirstOrDefault(window => window is not null) is { } window) writer.UInt32(Key("attention.sliding_window"), (uint)window);
        // Gemma's families have soft caps of their own where nothing is said; 0 says there are none.
        if (spec.LogitSoftCap is not null || architecture == "gemma2") writer.Float(Key("final_logit_softcapping"), spec.LogitSoftCap ?? 0);
        if (first.ScoreSoftCap is not null || architecture == "gemma2") writer.Float(Key("attn_logit_softcapping"), first.ScoreSoftCap ?? 0);
        if (sparse?.Experts is { } experts)
        {
            writer.UInt32(Key("expert_count"), (uint)experts.Count);
            writer.UInt32(Key("expert_used_count"), (uint)experts.ActiveCount);
            writer.UInt32(Key("expert_feed_forward_length"), (uint)sparse.IntermediateSize);
        }
        WriteRope(writer, Key, spec);
    }

    private static void WriteRope(GgufWriter writer, Func<string, string> key, DecoderSpec spec)
    {
        var rope = (spec.Layers.FirstOrDefault(layer => layer.Attention.SlidingWindow is null) ?? spec.Layers[0]).Attention.Rope;
        writer.UInt32(key("rope.dimension_count"), (uint)rope.Dimensions);
        if (rope.Origin is not { } origin) return;
        writer.Float(key("rope.freq_base"), (float)origin.Theta);
        if (origin.Scaling is not (RopeScaling.Linear or RopeScaling.Yarn)) return;
        writer.Text(key("rope.scaling.type"), origin.Scaling == RopeScaling.Linear ? "linear" : "yarn");
        writer.Float(key("rope.scaling.factor"), (float)origin.Factor);
        if (origin.Scaling == RopeScaling.Linear) return;
        writer.UInt32(key("rope.scaling.original_context_length"), (uint)origin.OriginalContext);
        writer.Float(key("rope.scaling.yarn_beta_fast"), (float)origin.Fast);
        writer.Float(key("rope.scaling.yarn_beta_slow"), (float)origin.Slow);
        var attention = rope.Magnitude / RopeFrequencies.YarnMagnitude(origin.Factor, null, null);
        if (Math.Abs(attention - 1) > 1e-6) writer.Float(key("rope.scaling.attn_factor"), (float)attention);
    }

    private static void WriteSampling(GgufWriter writer, GenerationDefaults defaults)
    {
        const string Keys = "general.sampling.";
        if (defaults.DoSample == false) return;
        if (defaults.Temperature is { } temperature) writer.Float(Keys + "temp", temperature);
        if (defaults.TopK is { } topK) writer.Any(Keys + "top_k", (long)topK);
        if (defaults.TopP is { } topP) writer.Float(Keys + "top_p", topP);
        if (defaults.MinP is { } minP) writer.Float(Keys + "min_p", minP);
        if (defaults.RepetitionPenalty is { } penalty) writer.Float(Keys + "penalty_repeat", penalty);
    }

    private static void CopyTokenizer(GgufWriter writer, GgufMetadata metadata)
    {
        foreach (var key in metadata.Keys.Where(key => key.StartsWith("tokenizer.", StringComparison.Ordinal))) writer.Any(key, metadata[key]);
    }

    /// <summary>llama.cpp's number for "mostly this type".</summary>
    private static uint FileType(DType type) => type switch
    {
        DType.F32 => 0,
        DType.F16 => 1,
        DType.Q4_0 => 2,
        DType.Q8_0 => 7,
        DType.Q4_K => 14,
        DType.Q6_K => 18,
        DType.BF16 => 32,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
