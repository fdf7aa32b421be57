namespace Exo.Engine.Generation;

/// <summary>Bias and penalties: what a request changes about single tokens' logits before anything is picked.</summary>
internal static class LogitAdjustment
{
    /// <summary>The logits as they are where the request changes nothing, else a changed copy in the scratch.</summary>
    /// <param name="logits">[vocabSize]</param>
    /// <exception cref="ArgumentException">A bias or a token of the history is not in the vocabulary.</exception>
    public static ReadOnlySpan<float> Apply(ReadOnlySpan<float> logits, SampleRequest request, SamplerScratch scratch)
    {
        var options = request.Options;
        var history = options.HasPenalty ? Window(request.History.Span, options.PenaltyWindow) : default;
        if (options.Biases.Length == 0 && history.IsEmpty) return logits;

        var adjusted = scratch.Adjusted(logits.Length);
        logits.CopyTo(adjusted);
        AddBias(adjusted, options.Biases);
        Penalize(adjusted, history, options, scratch.Counts(logits.Length));
        return adjusted;
    }

    private static ReadOnlySpan<int> Window(ReadOnlySpan<int> history, int window) =>
        window < 0 || history.Length <= window ? history : history[^window..];

    private static void AddBias(Span<float> adjusted, ReadOnlySpan<KeyValuePair<int, float>> biases)
    {
        foreach (var (id, bias) in biases)
        {
            if ((uint)id >= (uint)adjusted.Length)
                throw new ArgumentException($"LogitBias names token {id}; the vocabulary has tokens 0 to {adjusted.Length - 1}.");
            adjusted[id] = Bounded(adjusted[id] + bias);
        }
    }

    /// <summary>Each token of the history once, by how often it is there.</summary>
    /// <param name="counts">[vocabSize] zeros, left as zeros.</param>
    private static void Penalize(Span<float> adjusted, ReadOnlySpan<int> history, SamplingOptions options, Span<int> counts)
    {
        foreach (var id in history)
        {
            if ((uint)id >= (uint)counts.Length)
                throw new ArgumentException($"The history holds token {id}; the vocabulary has tokens 0 to {counts.Length - 1}.");
        }

        foreach (var id in history) counts[id]++;
        foreach (var id in history)
        {
            if (counts[id] == 0) continue;
            var logit = adjusted[id];
            logit = logit > 0 ? logit / options.RepetitionPenalty : logit * options.RepetitionPenalty;
            logit -= options.PresencePenalty;
            logit -= options.FrequencyPenalty * counts[id];
            adjusted[id] = Bounded(logit);
            counts[id] = 0;
        }
    }

    /// <summary>Negative infinity bans a token and stays; anything else stays finite.</summary>
    private static float Bounded(float logit) => Math.Min(logit, float.MaxValue);
}
