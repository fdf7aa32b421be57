using System.CommandLine;
using System.CommandLine.Parsing;
using Exo.Api;
using Exo.Client.Commands;

namespace Exo.Client.Run;

/// <summary>The numbers that shape an answer.</summary>
internal static class Parameters
{
    public static NumberRule<float> Temperature { get; } = new("temperature", "T", "0 takes the likeliest token, 1 leaves the odds as they are", "a number from 0 to 100", value => value is >= 0 and <= 100);

    public static NumberRule<int> TopK { get; } = new("top-k", "N", "Only the N likeliest tokens; 0: all", "a whole number from 0", value => value >= 0);

    public static NumberRule<float> TopP { get; } = new("top-p", "P", "Only the likeliest tokens that together reach this probability", "a number above 0, up to 1", value => value is > 0 and <= 1);

    public static NumberRule<float> MinP { get; } = new("min-p", "P", "Only tokens at least this share as likely as the likeliest", "a number from 0 to 1", value => value is >= 0 and <= 1);

    public static NumberRule<float> RepeatPenalty { get; } = new("repeat-penalty", "F", "Above 1, tokens seen lately become less likely", "a number above 0, up to 10", value => value is > 0 and <= 10);

    public static NumberRule<float> PresencePenalty { get; } = new("presence-penalty", "F", "Taken once from tokens seen lately", "a number from -10 to 10", value => value is >= -10 and <= 10);

    public static NumberRule<float> FrequencyPenalty { get; } = new("frequency-penalty", "F", "Taken from tokens as often as they were seen lately", "a number from -10 to 10", value => value is >= -10 and <= 10);

    public static NumberRule<ulong> Seed { get; } = new("seed", "N", "The same seed gives the same answer", "a whole number from 0", _ => true);

    public static NumberRule<int> MaxTokens { get; } = new("max-tokens", "N", "Write at most N tokens", "a whole number from 0", value => value >= 0);

    public static NumberRule<int> Threads { get; } = new("threads", "N", "Compute threads; otherwise all cores", "a whole number from 1 to 1024", value => value is >= 1 and <= 1024);

    public static NumberRule<int> Context { get; } = new("context", "N", "Make room for N tokens", "a whole number from 1", value => value >= 1);

    public static NumberRule<int> Logprobs { get; } = new("logprobs", "K", "With --json: the K likeliest tokens at each position", "a whole number from 0 to 1000", value => value is >= 0 and <= 1000);

    /// <summary>How weights are quantized while they load.</summary>
    public static Option<WeightQuantization?> Quantization() => new("--quant") { Description = "Quantize the weights while they load, to 8 or 4 bits", HelpName = "q8|q4", CustomParser = ParseQuantization };

    private static WeightQuantization? ParseQuantization(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (string.Equals(text, "q8", StringComparison.OrdinalIgnoreCase)) return WeightQuantization.Q8;
        if (string.Equals(text, "q4", StringComparison.OrdinalIgnoreCase)) return WeightQuantization.Q4;
        result.AddError($"--quant takes q8 or q4, not '{text}'");
        return null;
    }

    /// <summary>Adds the sampling options to a command; the result reads them.</summary>
    public static Func<ParseResult, SamplingSettings> AddSamplingTo(Command command)
    {
        var (temperature, topK, topP, minP) = (Temperature.AsOption(), TopK.AsOption(), TopP.AsOption(), MinP.AsOption());
        var (repeat, presence, frequency, seed) = (RepeatPenalty.AsOption(), PresencePenalty.AsOption(), FrequencyPenalty.AsOption(), Seed.AsOption());
        foreach (Option option in (Option[])[temperature, topK, topP, minP, repeat, presence, frequency, seed]) command.Add(option);
        return parsed => new SamplingSettings
        {
            Temperature = parsed.GetValue(temperature),
            TopK = parsed.GetValue(topK),
            TopP = parsed.GetValue(topP),
            MinP = parsed.GetValue(minP),
            RepeatPenalty = parsed.GetValue(repeat),
            PresencePenalty = parsed.GetValue(presence),
            FrequencyPenalty = parsed.GetValue(frequency),
            Seed = parsed.GetValue(seed),
        };
    }
}
