using Exo.Engine.Generation;

namespace Exo.Tests.Engine.Generation;

/// <summary>The sampler's twin: doubles, a full sort, one thing after the other.</summary>
internal static class NaiveSampler
{
    public static double[] Adjust(float[] logits, SamplingOptions options, int[] history)
    {
        var adjusted = logits.Select(logit => (double)logit).ToArray();
        foreach (var (id, bias) in options.LogitBias) adjusted[id] += bias;
        var window = options.PenaltyWindow < 0 ? history : history.TakeLast(options.PenaltyWindow);
        foreach (var seen in window.GroupBy(id => id))
        {
            ref var logit = ref adjusted[seen.Key];
            logit = logit > 0 ? logit / options.RepetitionPenalty : logit * options.RepetitionPenalty;
            logit -= options.PresencePenalty + options.FrequencyPenalty * seen.Count();
        }

        return adjusted;
    }

    /// <summary>Each token's share of the line that the generator's point falls on; 0 for tokens that were cut.</summary>
    public static double[] Probabilities(double[] adjusted, SamplingOptions options)
    {
        var order = Enumerable.Range(0, adjusted.Length).OrderByDescending(id => adjusted[id]).ThenBy(id => id).ToArray();
        var weights = adjusted.Select(logit => Math.Exp((logit - adjusted[order[0]]) / options.Temperature)).ToArray();

        IEnumerable<int> kept = options.TopK > 0 ? order.Take(options.TopK) : order;
        kept = TakeMass([.. kept], weights, options.TopP);
        kept = kept.Where(id => weights[id] >= options.MinP);

        var result = new double[adjusted.Length];
        var total = kept.Sum(id => weights[id]);
        foreach (var id in kept) result[id] = weights[id] / total;
        return result;
    }

    /// <summary>Where the token's part of the line begins and ends.</summary>
    public static (double Start, double End) Interval(double[] probabilities, int id)
    {
        var start = probabilities.Take(id).Sum();
        return (start, start + probabilities[id]);
    }

    public static double Logprob(float[] logits, int id) =>
        logits[id] - logits.Max() - Math.Log(logits.Sum(logit => Math.Exp((double)logit - logits.Max())));

    private static int[] TakeMass(int[] order, double[] weights, double share)
    {
        if (share >= 1) return order;
        var target = order.Sum(id => weights[id]) * share;
        var count = 0;
        for (var mass = 0d; count < order.Length && (count == 0 || mass < target); count++) mass += weights[order[count]];
        return order[..count];
    }
}
