using Exo.Engine.Tokenization;

namespace Exo.Engine.Models.HuggingFace;

/// <summary>Reads generation_config.json and gathers the tokens that end an answer from all the places that name some.</summary>
internal static class HfGeneration
{
    private const string FileName = "generation_config.json";

    /// <summary>Tokens that end a turn in the templates that write them; some configs forget them.</summary>
    private static readonly string[] EndsOfTurn = ["<|im_end|>", "<|eot_id|>", "<|end_of_turn|>", "<end_of_turn>", "<|end|>", "<|eom_id|>"];

    /// <summary>The defaults, with the ends that configs name by id.</summary>
    /// <exception cref="InvalidModelException">A value is bad.</exception>
    public static GenerationDefaults Read(string folder, ConfigObject config)
    {
        var generation = HfTokenizerConfig.LoadIfThere(Path.Combine(folder, FileName));
        var text = HfConfig.TextConfig(config);
        return new GenerationDefaults
        {
            BosTokenId = First(generation, "bos_token_id") ?? First(text, "bos_token_id") ?? First(config, "bos_token_id"),
            EosTokenIds = [.. new[] { config, text, generation }.SelectMany(from => from?.Ids("eos_token_id") ?? []).Distinct().Order()],
            DoSample = generation?.Flag("do_sample"),
            Temperature = (float?)generation?.Number("temperature", 0, 1e3, orEqual: true),
            TopK = generation?.Int("top_k", -1, int.MaxValue) is { } topK ? Math.Max(topK, 0) : null, // some write -1 for none
            TopP = (float?)generation?.Number("top_p", 0, 1, orEqual: true),
            MinP = (float?)generation?.Number("min_p", 0, 1, orEqual: true),
            RepetitionPenalty = (float?)generation?.Number("repetition_penalty", 0, 1e3),
            MaxNewTokens = generation?.Int("max_new_tokens", 1, int.MaxValue),
        };
    }

    /// <summary>The defaults, with the ends that are named by text too: the eos token's, and the ends of turn that the template writes.</summary>
    public static GenerationDefaults WithSpokenEnds(GenerationDefaults defaults, HfTokenizerConfig config, Tokenizer tokenizer)
    {
        var spoken = EndsOfTurn.Where(end => config.ChatTemplate?.Contains(end, StringComparison.Ordinal) == true).Append(config.SpecialTokens.Eos);
        var ids = spoken.OfType<string>().Select(tokenizer.IdOf).OfType<int>();
        return defaults with { EosTokenIds = [.. defaults.EosTokenIds.Concat(ids).Distinct().Order()] };
    }

    private static int? First(ConfigObject? from, string key) => from?.Ids(key) is [var first, ..] ? first : null;
}
