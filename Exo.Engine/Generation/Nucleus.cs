namespace Exo.Engine.Generation;

/// <summary>
/// Probability mass in whole numbers: a weight of 1 (the likeliest token's) is 2^40. Whole numbers add up to the same sum in any
/// order, so no result depends on how the tokens were visited. Weights below 2^-40 count as 0 and are never drawn.
/// </summary>
internal static class Nucleus
{
    private const float One = 1L << 40;

    /// <param name="weight">0 to 1.</param>
    public static ulong Mass(float weight) => (ulong)(long)(weight * One);

    public static ulong TotalMass(ReadOnlySpan<float> weights)
    {
        var total = 0UL;
        foreach (var weight in weights) total += Mass(weight);
        return total;
    }

    /// <summary>The share of a mass, rounded up; at least 1.</summary>
    public static ulong Share(ulong total, float share) => Math.Max(1, (ulong)Math.Ceiling(total * (double)share));

    /// <summary>
    /// The ranks of all tokens that can be in the smallest set with that share of the mass. Left out are tokens so light that all of
    /// the vocabulary at their weight would not make up the rest of the mass.
    /// </summary>
    /// <param name="ranks">[vocabSize]; the result lies at its beginning.</param>
    public static Span<ulong> Candidates(ReadOnlySpan<float> logits, ReadOnlySpan<float> weights, ulong total, float share, Span<ulong> ranks)
    {
        var target = Math.Min(total, Share(total, share));
        var lightest = Math.Max(1, (total - target) / (ulong)logits.Length);
        var count = 0;
        for (var id = 0; id < weights.Length; id++)
        {
            if (Mass(weights[id]) >= lightest) ranks[count++] = TokenRank.Of(logits[id], id);
        }

        return ranks[..count];
    }

    /// <summary>The worst rank of the smallest set of best tokens that together have the mass asked for.</summary>
    /// <param name="ranks">The tokens; reordered.</param>
    /// <param name="weights">[vocabSize], by token id.</param>
    /// <param name="mass">At least 1. Where all together have less, the worst of all is returned.</param>
    public static ulong Cutoff(Span<ulong> ranks, ReadOnlySpan<float> weights, ulong mass)
    {
        // Quickselect by mass: only the side on which the border lies is looked at again.
        const int small = 24;
        var budget = 64;
        while (ranks.Length > small && budget-- > 0)
        {
            var greater = TokenRank.Partition(ranks);
            var massOfGreater = MassOf(ranks[..greater], weights);
            if (massOfGreater >= mass)
            {
                ranks = ranks[..greater];
            }
            else
            {
                mass -= massOfGreater;
                ranks = ranks[greater..];
            }
        }

        ranks.Sort();
        for (var i = ranks.Length - 1; i > 0; i--)
        {
            var own = Mass(weights[TokenRank.Id(ranks[i])]);
            if (own >= mass) return ranks[i];
            mass -= own;
        }

        return ranks[0];
    }

    public static ulong MassOf(ReadOnlySpan<ulong> ranks, ReadOnlySpan<float> weights)
    {
        var mass = 0UL;
        foreach (var rank in ranks) mass += Mass(weights[TokenRank.Id(rank)]);
        return mass;
    }
}
