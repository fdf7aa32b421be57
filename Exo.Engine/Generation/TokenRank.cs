using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Generation;

/// <summary>
/// The order of tokens: the greater logit first, the lower id among equals. A rank packs both into one integer, so that greater
/// is better and no two are equal.
/// </summary>
internal static class TokenRank
{
    /// <param name="logit">Not NaN.</param>
    /// <param name="id">At least 0.</param>
    public static ulong Of(float logit, int id)
    {
        var bits = BitConverter.SingleToUInt32Bits(logit + 0f); // -0 and 0 are one value
        var ordered = bits ^ ((uint)((int)bits >> 31) | 0x8000_0000u);
        return ((ulong)ordered << 32) | ~(uint)id;
    }

    public static int Id(ulong rank) => (int)~(uint)rank;

    /// <summary>The best token's id; 0 where all logits are negative infinity.</summary>
    /// <param name="logits">[vocabSize], none NaN.</param>
    public static int Best(ReadOnlySpan<float> logits)
    {
        var best = Likeliest(logits, 1, stackalloc ulong[2]);
        return best.IsEmpty ? 0 : Id(best[0]);
    }

    /// <summary>The <paramref name="count"/> best ranks, in no order; fewer where fewer logits are above negative infinity.</summary>
    /// <param name="logits">[vocabSize], none NaN.</param>
    /// <param name="count">At least 1.</param>
    /// <param name="buffer">At least <see cref="BufferLength"/> long; the result lies at its beginning.</param>
    public static Span<ulong> Likeliest(ReadOnlySpan<float> logits, int count, Span<ulong> buffer)
    {
        // Whatever beats the worst of the best so far is gathered; when the buffer is full it is cut down to the best again.
        var filled = 0;
        var bar = float.NegativeInfinity;
        var width = Vector256<float>.Count;
        ref var source = ref MemoryMarshal.GetReference(logits);
        for (var start = 0; start < logits.Length; start += width)
        {
            var end = Math.Min(start + width, logits.Length);
            if (end - start == width && !Vector256.GreaterThanAny(Vector256.LoadUnsafe(ref source, (nuint)start), Vector256.Create(bar))) continue;
            for (var id = start; id < end; id++)
            {
                if (!(logits[id] > bar)) continue;
                if (filled == buffer.Length)
                {
                    SelectBest(buffer, count);
                    filled = count;
                    bar = logits[Id(Worst(buffer[..count]))];
                    if (!(logits[id] > bar)) continue;
                }

                buffer[filled++] = Of(logits[id], id);
            }
        }

        if (filled > count)
        {
            SelectBest(buffer[..filled], count);
            filled = count;
        }

        return buffer[..filled];
    }

    /// <summary>Ranks that <see cref="Likeliest"/> needs room for.</summary>
    public static int BufferLength(int vocabSize, int count) => (int)Math.Min(vocabSize, Math.Max(2L * count, count + 64L));

    /// <summary>Moves the <paramref name="count"/> greatest ranks to the front.</summary>
    private static void SelectBest(Span<ulong> ranks, int count)
    {
        int from = 0, to = ranks.Length;
        for (var budget = 64; to - from > 1 && count > from && count < to; budget--)
        {
            if (budget == 0)
            {
                ranks[from..to].Sort(static (a, b) => b.CompareTo(a)); // a bad run of pivots: bounded all the same
                return;
            }

            var middle = from + Partition(ranks[from..to]);
            if (middle <= count) from = middle;
            if (middle >= count) to = middle;
        }
    }

    /// <summary>Parts distinct ranks, two or more, into greater and smaller ones (Hoare); returns how many greater ones there are, at least 1 and not all.</summary>
    public static int Partition(Span<ulong> ranks)
    {
        ulong a = ranks[0], b = ranks[(ranks.Length - 1) / 2], c = ranks[^1];
        var pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c)); // never the smallest of three; the first of two
        int left = -1, right = ranks.Length;
        while (true)
        {
            do left++; while (ranks[left] > pivot);
            do right--; while (ranks[right] < pivot);
            if (left >= right) return right + 1;
            (ranks[left], ranks[right]) = (ranks[right], ranks[left]);
        }
    }

    /// <summary>The lowest of the ranks.</summary>
    public static ulong Worst(ReadOnlySpan<ulong> ranks)
    {
        var worst = ulong.MaxValue;
        foreach (var rank in ranks) worst = Math.Min(worst, rank);
        return worst;
    }
}
