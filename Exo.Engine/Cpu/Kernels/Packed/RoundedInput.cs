using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Inputs of integer products: each block of 32 columns of a token is rounded to 14 bits and a sign with a float scale, x ≈ scale · q. Sixty-four times finer than eight
/// bits, so that what is left of an answer's error is the weights'; products with quants of up to 13 bits and their sums over a block fit 32 bits.
/// </summary>
internal readonly unsafe struct RoundedInput
{
    /// <summary>The largest magnitude of q.</summary>
    public const float Largest = 8191;

    /// <summary>Adding it to a float of magnitude below 2²² and taking it off again rounds to the nearest integer, ties to even; its bits hold the integer.</summary>
    public const float Rounder = 12582912f;

    /// <summary>[tokens, <see cref="Stride"/>]</summary>
    public required short* Quants { get; init; }

    /// <summary>16-bit elements from one token to the next.</summary>
    public required int Stride { get; init; }

    /// <summary>[tokens, <see cref="BlockStride"/>]</summary>
    public required float* Scales { get; init; }

    /// <summary>Σ q of each block, as an integer: [tokens, <see cref="BlockStride"/>].</summary>
    public required int* Totals { get; init; }

    /// <summary>Σ q of each block's first sixteen columns: [tokens, <see cref="BlockStride"/>].</summary>
    public required int* FirstTotals { get; init; }

    /// <summary>Σ q · scale of each block: [tokens, <see cref="BlockStride"/>].</summary>
    public required float* Sums { get; init; }

    public required int BlockStride { get; init; }

    /// <summary>The same from another token and block on.</summary>
    public RoundedInput From(int token, int block) => new()
    {
        Quants = Quants + (long)token * Stride + block * PackedGroup.BlockColumns,
        Stride = Stride,
        Scales = Scales + (long)token * BlockStride + block,
        Totals = Totals + (long)token * BlockStride + block,
        FirstTotals = FirstTotals + (long)token * BlockStride + block,
        Sums = Sums + (long)token * BlockStride + block,
        BlockStride = BlockStride,
    };

    /// <summary>Rounds one token's columns, a multiple of 32, into its place.</summary>
    public void Round(float* input, int token, int columns)
    {
        var quants = Quants + (long)token * Stride;
        var at = (long)token * BlockStride;
        for (var k = 0; k < columns; k += PackedGroup.BlockColumns, at++)
        {
            var (a, b, c, d) = (Vector256.Load(input + k), Vector256.Load(input + k + 8), Vector256.Load(input + k + 16), Vector256.Load(input + k + 24));
            var largest = Lanes.Max(Vector256.Max(Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d))));
            var factor = Vector256.Create(largest == 0f ? 0f : Math.Min(Largest / largest, float.MaxValue));
            var (qa, qb, qc, qd) = (Nearest(a * factor), Nearest(b * factor), Nearest(c * factor), Nearest(d * factor));
            Vector256.Narrow(qa, qb).Store(quants + k);
            Vector256.Narrow(qc, qd).Store(quants + k + 16);
            var first = Vector256.Sum(qa + qb);
            var total = first + Vector256.Sum(qc + qd);
            var scale = largest / Largest;
            (Scales[at], Totals[at], FirstTotals[at], Sums[at]) = (scale, total, first, scale * total);
        }
    }

    /// <summary>The nearest integers, ties to even, of magnitudes below 2²².</summary>
    public static Vector256<int> Nearest(Vector256<float> x)
    {
        var rounder = Vector256.Create(Rounder);
        return (x + rounder).AsInt32() - rounder.AsInt32();
    }
}
