using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>
/// Products of a quad's weights that are floats already: the few steps with patches, and where registers are too few to make floats of twelve bits beside the sums of several tokens. In the
/// order of <see cref="Lanes"/>; sums are taken up from memory and laid down again.
/// </summary>
internal static unsafe class WidenedQuadTiles
{
    /// <summary>Floats from one token's lanes to the next one's.</summary>
    public const int TokenLanes = TwelveBits.Rows * Lanes.Count;

    /// <summary>Where <see cref="TwelveBits.Widen"/> is to put weights: row after row, eight columns of each, then the next eight.</summary>
    public const int PairStride = 2 * Lanes.Count, EightStride = TwelveBits.Rows * Lanes.Count;

    /// <summary>lanes[token, row] += weights · input.</summary>
    /// <param name="weights">[columns / 8, 4 rows, 8]</param>
    /// <param name="columns">A multiple of 8.</param>
    /// <param name="input">[tokens, columns], tokens <paramref name="inputStride"/> floats apart</param>
    /// <param name="lanes">[tokens, 4 rows, 8]</param>
    public static void Add(float* weights, int columns, float* input, nint inputStride, int tokens, float* lanes)
    {
        for (; tokens >= 3; tokens -= 3, input += 3 * inputStride, lanes += 3 * TokenLanes) Tokens3(weights, columns, input, inputStride, lanes);
        if (tokens == 2) Tokens2(weights, columns, input, inputStride, lanes);
        else if (tokens == 1) Tokens1(weights, columns, input, lanes);
    }

    /// <summary>4 rows × 1 token: 4 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens1(float* weights, int columns, float* input, float* lanes)
    {
        var (a0, b0) = (Vector256.Load(lanes), Vector256.Load(lanes + Lanes.Count));
        var (c0, d0) = (Vector256.Load(lanes + 2 * Lanes.Count), Vector256.Load(lanes + 3 * Lanes.Count));
        for (nint k = 0; k < columns; k += Lanes.Count, weights += EightStride)
        {
            var x0 = Vector256.Load(input + k);
            var w = Vector256.Load(weights);
            a0 = Lanes.Fma(w, x0, a0);
            w = Vector256.Load(weights + Lanes.Count);
            b0 = Lanes.Fma(w, x0, b0);
            w = Vector256.Load(weights + 2 * Lanes.Count);
            c0 = Lanes.Fma(w, x0, c0);
            w = Vector256.Load(weights + 3 * Lanes.Count);
            d0 = Lanes.Fma(w, x0, d0);
        }

        Store(a0, b0, c0, d0, lanes);
    }

    /// <summary>4 rows × 2 tokens: 8 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens2(float* weights, int columns, float* input, nint inputStride, float* lanes)
    {
        var input1 = input + inputStride;
        var (a0, b0) = (Vector256.Load(lanes), Vector256.Load(lanes + Lanes.Count));
        var (c0, d0) = (Vector256.Load(lanes + 2 * Lanes.Count), Vector256.Load(lanes + 3 * Lanes.Count));
        var (a1, b1) = (Vector256.Load(lanes + TokenLanes), Vector256.Load(lanes + TokenLanes + Lanes.Count));
        var (c1, d1) = (Vector256.Load(lanes + TokenLanes + 2 * Lanes.Count), Vector256.Load(lanes + TokenLanes + 3 * Lanes.Count));
        for (nint k = 0; k < columns; k += Lanes.Count, weights += EightStride)
        {
            var x0 = Vector256.Load(input + k);
            var x1 = Vector256.Load(input1 + k);
            var w = Vector256.Load(weights);
            a0 = Lanes.Fma(w, x0, a0);
            a1 = Lanes.Fma(w, x1, a1);
            w = Vector256.Load(weights + Lanes.Count);
            b0 = Lanes.Fma(w, x0, b0);
            b1 = Lanes.Fma(w, x1, b1);
            w = Vector256.Load(weights + 2 * Lanes.Count);
            c0 = Lanes.Fma(w, x0, c0);
            c1 = Lanes.Fma(w, x1, c1);
            w = Vector256.Load(weights + 3 * Lanes.Count);
            d0 = Lanes.Fma(w, x0, d0);
            d1 = Lanes.Fma(w, x1, d1);
        }

        Store(a0, b0, c0, d0, lanes);
        Store(a1, b1, c1, d1, lanes + TokenLanes);
    }

    /// <summary>4 rows × 3 tokens: 12 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens3(float* weights, int columns, float* input, nint inputStride, float* lanes)
    {
        var input1 = input + inputStride;
        var input2 = input1 + inputStride;
        var (a0, b0) = (Vector256.Load(lanes), Vector256.Load(lanes + Lanes.Count));
        var (c0, d0) = (Vector256.Load(lanes + 2 * Lanes.Count), Vector256.Load(lanes + 3 * Lanes.Count));
        var (a1, b1) = (Vector256.Load(lanes + TokenLanes), Vector256.Load(lanes + TokenLanes + Lanes.Count));
        var (c1, d1) = (Vector256.Load(lanes + TokenLanes + 2 * Lanes.Count), Vector256.Load(lanes + TokenLanes + 3 * Lanes.Count));
        var (a2, b2) = (Vector256.Load(lanes + 2 * TokenLanes), Vector256.Load(lanes + 2 * TokenLanes + Lanes.Count));
        var (c2, d2) = (Vector256.Load(lanes + 2 * TokenLanes + 2 * Lanes.Count), Vector256.Load(lanes + 2 * TokenLanes + 3 * Lanes.Count));
        for (nint k = 0; k < columns; k += Lanes.Count, weights += EightStride)
        {
            var x0 = Vector256.Load(input + k);
            var x1 = Vector256.Load(input1 + k);
            var x2 = Vector256.Load(input2 + k);
            var w = Vector256.Load(weights);
            a0 = Lanes.Fma(w, x0, a0);
            a1 = Lanes.Fma(w, x1, a1);
            a2 = Lanes.Fma(w, x2, a2);
            w = Vector256.Load(weights + Lanes.Count);
            b0 = Lanes.Fma(w, x0, b0);
            b1 = Lanes.Fma(w, x1, b1);
            b2 = Lanes.Fma(w, x2, b2);
            w = Vector256.Load(weights + 2 * Lanes.Count);
            c0 = Lanes.Fma(w, x0, c0);
            c1 = Lanes.Fma(w, x1, c1);
            c2 = Lanes.Fma(w, x2, c2);
            w = Vector256.Load(weights + 3 * Lanes.Count);
            d0 = Lanes.Fma(w, x0, d0);
            d1 = Lanes.Fma(w, x1, d1);
            d2 = Lanes.Fma(w, x2, d2);
        }

        Store(a0, b0, c0, d0, lanes);
        Store(a1, b1, c1, d1, lanes + TokenLanes);
        Store(a2, b2, c2, d2, lanes + 2 * TokenLanes);
    }

    /// <summary>Lays one token's sums down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, float* lanes)
    {
        a.Store(lanes);
        b.Store(lanes + Lanes.Count);
        c.Store(lanes + 2 * Lanes.Count);
        d.Store(lanes + 3 * Lanes.Count);
    }
}
