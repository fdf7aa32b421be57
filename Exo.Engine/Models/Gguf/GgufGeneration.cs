using System.Text;
using Exo.Engine.Tokenization.Gguf;
using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Models.Gguf;

/// <summary>Which tokens end an answer, and how the model's makers would sample, as a GGUF file tells.</summary>
internal static class GgufGeneration
{
    /// <summary>Control tokens that end an answer by their text, whichever ids the file names: llama.cpp's list.</summary>
    private static readonly HashSet<string> Ends = new(StringComparer.Ordinal)
    {
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<|end_of_turn|>", "<|endoftext|>", "<|end_of_text|>", "<|eom_id|>",
        "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<｜end▁of▁sentence｜>", "<end_of_utterance>", "<turn|>",
    };

    /// <exception cref="InvalidModelException">A value is bad.</exception>
    public static GenerationDefaults Read(GgufMetadata metadata, GgufVocabulary? vocabulary)
    {
        const string Keys = "general.sampling.";
        return new GenerationDefaults
        {
            BosTokenId = vocabulary?.BosId,
            EosTokenIds = vocabulary is null ? [] : [.. EndIds(metadata, vocabulary).Distinct().Order()],
            Temperature = Sampling("temp", 0, 1e3),
            TopK = metadata.Number(Keys + "top_k") is { } topK ? (int)Math.Clamp(topK, 0, int.MaxValue) : null,
            TopP = Sampling("top_p", 0, 1),
            MinP = Sampling("min_p", 0, 1),
            RepetitionPenalty = Sampling("penalty_repeat", 0, 1e3),
        };

        // Advice only: a value that makes no sense is none.
        float? Sampling(string key, double min, double max) => metadata.Real(Keys + key) is { } value && value >= min && value <= max ? (float)value : null;
    }

    /// <summary>The texts of the tokens a template may ask for.</summary>
    public static SpecialTokenTexts Texts(GgufMetadata metadata, GgufVocabulary? vocabulary)
    {
        if (vocabulary is null) return new SpecialTokenTexts(null, null, null, null);
        return new SpecialTokenTexts(Text(vocabulary.BosId), Text(vocabulary.EosId), Text(Id(metadata, vocabulary, "padding_token_id")), Text(vocabulary.UnknownId));

        string? Text(int? id) => id is { } known ? Encoding.UTF8.GetString(vocabulary.Tokens[known]) : null;
    }

    private static IEnumerable<int> EndIds(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        int?[] named = [vocabulary.EosId, Id(metadata, vocabulary, "eot_token_id"), Id(metadata, vocabulary, "eom_token_id")];
        var spoken = GgufAddedTokens.Of(vocabulary).Where(token => token.Special && Ends.Contains(token.Content)).Select(token => token.Id);
        return named.OfType<int>().Concat(spoken);
    }

    private static int? Id(GgufMetadata metadata, GgufVocabulary vocabulary, string key) =>
        metadata.Number("tokenizer.ggml." + key) is >= 0 and var id && id < vocabulary.Tokens.Count ? (int)id : null;
}
