using System.Text.Json;
using Exo.Engine.Tokenization.Gguf;
using Exo.Engine.Tokenization.Patterns;

namespace Exo.Engine.Quantization;

/// <summary>llama.cpp's names for the ways to split words, found by what they do.</summary>
internal static class PreTokenizerNames
{
    /// <summary>A name for each way; <see cref="GgufPreTokenizer.Named"/> says what it stands for.</summary>
    private static readonly string[] Names =
        ["llama-bpe", "dbrx", "qwen2", "qwen35", "gpt-4o", "tekken", "gpt-2", "smollm", "deepseek-v3", "deepseek-coder", "deepseek-llm", "falcon", "kimi-k2", "bloom", "viking", "seed-coder", "bailingmoe"];

    /// <summary>The name for a tokenizer.json's pre-tokenizer, or null where llama.cpp has none.</summary>
    public static string? Find(JsonElement root)
    {
        // 1. Normalizers other than NFC (which llama.cpp leaves out) change the text. 2. The splits, in order. 3. Who splits like that?
        if (VocabularyKeys.Parts(root, "normalizer", "normalizers").Any(part => part.GetProperty("type").GetString() != "NFC")) return null;
        var patterns = new List<string>();
        foreach (var part in VocabularyKeys.Parts(root, "pre_tokenizer", "pretokenizers"))
        {
            if (Pattern(part, out var pattern)) patterns.AddRange(pattern is null ? [] : [pattern]);
            else return null;
        }
        var ignoresMerges = root.GetProperty("model").TryGetProperty("ignore_merges", out var ignore) && ignore.ValueKind == JsonValueKind.True;
        var alike = Names.Where(name => GgufPreTokenizer.Named(name)!.Patterns.SequenceEqual(patterns)).ToList();
        return alike.FirstOrDefault(name => GgufPreTokenizer.Named(name)!.IgnoreMerges == ignoresMerges) ?? alike.FirstOrDefault();
    }

    /// <summary>The pattern a step splits by; null where it splits nothing. False for a step that is not known.</summary>
    private static bool Pattern(JsonElement step, out string? pattern)
    {
        pattern = null;
        switch (step.GetProperty("type").GetString())
        {
            case "Split":
                if (step.GetProperty("behavior").GetString() != "Isolated" || !step.GetProperty("pattern").TryGetProperty("Regex", out var regex)) return false;
                pattern = regex.GetString();
                return true;
            case "Digits":
                pattern = step.TryGetProperty("individual_digits", out var each) && each.GetBoolean() ? @"\p{N}" : @"\p{N}+";
                return true;
            case "ByteLevel":
                if (step.TryGetProperty("add_prefix_space", out var adds) && adds.GetBoolean()) return false;
                pattern = !step.TryGetProperty("use_regex", out var uses) || uses.GetBoolean() ? KnownPatterns.Gpt2 : null;
                return true;
            default:
                return false;
        }
    }
}
