using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Generation;

/// <summary>
/// Probability mass in whole numbers: a weight of 1 (the likeliest token's) is 2^36. Whole numbers add up to the same sum in any
/// order, so no result depends on how the tokens were visited. Weights below 2^-36 count as 0 and are never drawn.
/// </summary>
internal static class Nucleus
{
    private const float One = 1L << 36;

    /// <summary>Tokens that are added up together: each of the eight lanes then stays far below 2^53, where doubles stop being exact.</summary>
    private const int BlockLength = 4096;

    private static int Lanes => Vector256<float>.Count;

    /// <param name="weight">0 to 1.</param>
    public static ulong Mass(float weight) => (ulong)(long)(weight * One);

    public static ulong TotalMass(ReadOnlySpan<float> weights)
    {
        var total = 0UL;
        for (; weights.Length > BlockLength; weights = weights[BlockLength..]) total += BlockMass(weights[..BlockLength]);
        return total + BlockMass(weights);
    }

    /// <summary>The token whose mass the point falls into, where each takes its mass of a line in the order of the ids.</summary>
    /// <param name="weights">[vocabSize], by token id.</param>
    /// <param name="point">Below the total mass.</param>
    public static int TokenAt(ReadOnlySpan<float> weights, ulong point)
    {
        var id = 0;
        while (id + BlockLength < weights.Length && BlockMass(weights.Slice(id, BlockLength)) is var mass && mass <= point)
        {
            point -= mass;
            id += BlockLength;
        }

        for (; ; id++)
        {
            var mass = Mass(weights[id]);
            if (mass > point) return id;
            point -= mass;
        }
    }

    private static ulong MassOf(ReadOnlySpan<ulong> ranks, ReadOnlySpan<float> weights)
    {
        var mass = 0UL;
        foreach (var rank in ranks) mass += Mass(weights[TokenRank.Id(rank)]);
        return mass;
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
        var lightest = Math.Max(1, (total - target) / (ulong)weights.Length);
        var bar = Vector256.Create(lightest / One * 0.999f); // a little below: the mass itself decides
        ref var source = ref MemoryMarshal.GetReference(weights);
        var count = 0;
        for (var start = 0; start < weights.Length; start += Lanes)
        {
            var end = Math.Min(start + Lanes, weights.Length);
            if (end - start == Lanes && !Vector256.GreaterThanOrEqualAny(Vector256.LoadUnsafe(ref source, (nuint)start), bar)) continue;
            for (var id = start; id < end; id++)
            {
                if (Mass(weights[id]) >= lightest) ranks[count++] = TokenRank.Of(logits[id], id);
            }
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

    /// <summary>Sets the weights of all tokens worse than the rank to 0.</summary>
    public static void KeepUpTo(ulong rank, ReadOnlySpan<float> logits, Span<float> weights)
    {
        var border = TokenRank.Id(rank) + 1;
        var bar = logits[border - 1];
        KeepWhere(logits[..border], weights[..border], bar, orEqual: true);
        KeepWhere(logits[border..], weights[border..], bar, orEqual: false);
    }

    /// <summary>Sets weights below the bar to 0.</summary>
    public static void KeepAtLeast(float bar, Span<float> weights) => KeepWhere(weights, weights, bar, orEqual: true);

    private static void KeepWhere(ReadOnlySpan<float> values, Span<float> weights, float bar, bool orEqual)
    {
        ref var value = ref MemoryMarshal.GetReference(values);
        ref var weight = ref MemoryMarshal.GetReference(weights);
        var bars = Vector256.Create(bar);
        var i = 0;
        for (; i + Lanes <= weights.Length; i += Lanes)
        {
            var eight = Vector256.LoadUnsafe(ref value, (nuint)i);
            var keep = orEqual ? Vector256.GreaterThanOrEqual(eight, bars) : Vector256.GreaterThan(eight, bars);
            (Vector256.LoadUnsafe(ref weight, (nuint)i) & keep).StoreUnsafe(ref weight, (nuint)i);
        }

        for (; i < weights.Length; i++) weights[i] = values[i] > bar || (orEqual && values[i] == bar) ? weights[i] : 0;
    }

    private static ulong BlockMass(ReadOnlySpan<float> weights)
    {
        ref var source = ref MemoryMarshal.GetReference(weights);
        Vector256<double> low = default, high = default;
        var one = Vector256.Create(One);
        var i = 0;
        for (; i + Lanes <= weights.Length; i += Lanes)
        {
            var (a, b) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i) * one);
            low += Vector256.Floor(a);
            high += Vector256.Floor(b);
        }

        var lanes = low + high;
        var mass = (ulong)lanes[0] + (ulong)lanes[1] + (ulong)lanes[2] + (ulong)lanes[3];
        for (; i < weights.Length; i++) mass += Mass(weights[i]);
        return mass;
    }
}
