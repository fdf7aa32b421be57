using Exo.Client.Terminal;

namespace Exo.Client.Run;

/// <summary>What --verbose tells after an answer.</summary>
internal static class Figures
{
    public static void Write(TextWriter writer, OpenedModel model, AnswerRecord answer, long? peakMemoryByteCount)
    {
        Line("load", Quantity.Duration(model.LoadTime.TotalSeconds));
        Line("prompt", Tokens(answer.PromptTokens, answer.PrefillSeconds));
        // The first token comes out of the prompt's pass.
        Line("answer", Tokens(answer.Tokens.Count, answer.DecodeSeconds, answer.Tokens.Count - 1));
        Line("ended by", answer.FinishReason.ToString().ToLowerInvariant());
        if (answer.Usage is { } usage)
        {
            Line("context", $"{Quantity.Grouped(usage.PromptTokens + usage.CompletionTokens)} of {Quantity.Grouped(usage.ContextLength)} tokens");
            Line("seed", usage.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        if (peakMemoryByteCount is { } peak) Line("peak memory", Quantity.Bytes(peak));

        void Line(string name, string value) => writer.WriteLine($"{name,-12} {value}");
    }

    private static string Tokens(int count, double seconds, int? timed = null) =>
        $"{Quantity.Grouped(count)} tokens in {Quantity.Duration(seconds)}, {Quantity.Rate(timed ?? count, seconds)}";
}
