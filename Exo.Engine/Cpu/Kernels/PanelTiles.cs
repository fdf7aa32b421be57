using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// Products of many tokens with a panel of sixteen widened rows, a piece of the columns at a time, so that the panel's piece stays in the
/// first-level cache and the tokens' in the second. The lanes of <see cref="Lanes"/> rest in memory between the pieces: the bits are those of whole rows.
/// </summary>
internal static unsafe class PanelTiles
{
    /// <summary>Rows of a panel.</summary>
    public const int Rows = 16;

    /// <summary>Columns widened at a time: two rows of them are 4 KiB, the panel 32 KiB.</summary>
    public const int PieceColumns = 512;

    /// <summary>Tokens whose lanes are held at once: 64 KiB.</summary>
    public const int BlockTokens = 128;

    /// <summary>Floats of a panel's piece. Rows lie in pairs, eight columns of one, eight of the other, so that 512-bit registers take both.</summary>
    public const int PieceCount = Rows * PieceColumns;

    /// <summary>Floats of the lanes: [tokens, rows, 8].</summary>
    public const int LaneCount = BlockTokens * TokenLanes;

    private const int TokenLanes = Rows * Lanes.Count;

    /// <summary>Where row <paramref name="row"/>'s first eight columns lie in a piece; each further eight are 16 floats on.</summary>
    public static float* RowOf(float* panel, int row) => panel + row / 2 * (2 * PieceColumns) + row % 2 * Lanes.Count;

    /// <summary>lanes[token, row] += panel · input over <paramref name="columns"/> columns, a multiple of 8.</summary>
    /// <param name="panel">[8 pairs, columns / 8, 2, 8]</param>
    /// <param name="input">[tokens, columns], tokens <paramref name="inputStride"/> apart</param>
    /// <param name="lanes">[tokens, 16 rows, 8 lanes]</param>
    public static void Accumulate(float* panel, int columns, float* input, int inputStride, int tokens, float* lanes)
    {
        if (Vector512.IsHardwareAccelerated && Avx512DQ.IsSupported)
            Accumulate(&Wide8Rows5Tokens, &Wide8Rows1Tokens, 8, 5, panel, columns, input, inputStride, tokens, lanes);
        else
            Accumulate(&Narrow4Rows3Tokens, &Narrow4Rows1Tokens, 4, 3, panel, columns, input, inputStride, tokens, lanes);
    }

    /// <summary>As <see cref="Accumulate(float*, int, float*, int, int, float*)"/>, in 256-bit registers on any machine.</summary>
    public static void AccumulateNarrow(float* panel, int columns, float* input, int inputStride, int tokens, float* lanes) =>
        Accumulate(&Narrow4Rows3Tokens, &Narrow4Rows1Tokens, 4, 3, panel, columns, input, inputStride, tokens, lanes);

    /// <summary>output[token · outputStride + row] = the folded lanes, for the first <paramref name="rows"/> rows.</summary>
    public static void Fold(float* lanes, int tokens, int rows, float* output, long outputStride)
    {
        for (var token = 0; token < tokens; token++, lanes += TokenLanes, output += outputStride)
            for (var row = 0; row < rows; row++) output[row] = Lanes.Fold(Vector256.Load(lanes + row * Lanes.Count));
    }

    private static void Accumulate(
        delegate*<float*, int, float*, int, float*, void> many, delegate*<float*, int, float*, int, float*, void> one, int tileRows, int tileTokens,
        float* panel, int columns, float* input, int inputStride, int tokens, float* lanes)
    {
        for (var row = 0; row < Rows; row += tileRows)
        {
            var rows = RowOf(panel, row);
            var token = 0;
            for (; token + tileTokens <= tokens; token += tileTokens)
                many(rows, columns, input + (long)token * inputStride, inputStride, lanes + token * TokenLanes + row * Lanes.Count);
            for (; token < tokens; token++)
                one(rows, columns, input + (long)token * inputStride, inputStride, lanes + token * TokenLanes + row * Lanes.Count);
        }
    }

    /// <summary>8 rows × 5 tokens: 20 accumulators of 512 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide8Rows5Tokens(float* panel, int columns, float* input, int inputStride, float* lanes)
    {
        var x1 = input + inputStride;
        var x2 = x1 + inputStride;
        var x3 = x2 + inputStride;
        var x4 = x3 + inputStride;
        var p1 = panel + 2 * PieceColumns;
        var p2 = p1 + 2 * PieceColumns;
        var p3 = p2 + 2 * PieceColumns;
        var l1 = lanes + TokenLanes;
        var l2 = l1 + TokenLanes;
        var l3 = l2 + TokenLanes;
        var l4 = l3 + TokenLanes;
        var a00 = Vector512.Load(lanes);
        var a10 = Vector512.Load(lanes + 16);
        var a20 = Vector512.Load(lanes + 32);
        var a30 = Vector512.Load(lanes + 48);
        var a01 = Vector512.Load(l1);
        var a11 = Vector512.Load(l1 + 16);
        var a21 = Vector512.Load(l1 + 32);
        var a31 = Vector512.Load(l1 + 48);
        var a02 = Vector512.Load(l2);
        var a12 = Vector512.Load(l2 + 16);
        var a22 = Vector512.Load(l2 + 32);
        var a32 = Vector512.Load(l2 + 48);
        var a03 = Vector512.Load(l3);
        var a13 = Vector512.Load(l3 + 16);
        var a23 = Vector512.Load(l3 + 32);
        var a33 = Vector512.Load(l3 + 48);
        var a04 = Vector512.Load(l4);
        var a14 = Vector512.Load(l4 + 16);
        var a24 = Vector512.Load(l4 + 32);
        var a34 = Vector512.Load(l4 + 48);
        for (nint k = 0; k < columns; k += Lanes.Count)
        {
            var w0 = Vector512.Load(panel + 2 * k);
            var w1 = Vector512.Load(p1 + 2 * k);
            var w2 = Vector512.Load(p2 + 2 * k);
            var w3 = Vector512.Load(p3 + 2 * k);
            var x = Avx512DQ.BroadcastVector256ToVector512(input + k);
            a00 = Vector512.FusedMultiplyAdd(w0, x, a00);
            a10 = Vector512.FusedMultiplyAdd(w1, x, a10);
            a20 = Vector512.FusedMultiplyAdd(w2, x, a20);
            a30 = Vector512.FusedMultiplyAdd(w3, x, a30);
            x = Avx512DQ.BroadcastVector256ToVector512(x1 + k);
            a01 = Vector512.FusedMultiplyAdd(w0, x, a01);
            a11 = Vector512.FusedMultiplyAdd(w1, x, a11);
            a21 = Vector512.FusedMultiplyAdd(w2, x, a21);
            a31 = Vector512.FusedMultiplyAdd(w3, x, a31);
            x = Avx512DQ.BroadcastVector256ToVector512(x2 + k);
            a02 = Vector512.FusedMultiplyAdd(w0, x, a02);
            a12 = Vector512.FusedMultiplyAdd(w1, x, a12);
            a22 = Vector512.FusedMultiplyAdd(w2, x, a22);
            a32 = Vector512.FusedMultiplyAdd(w3, x, a32);
            x = Avx512DQ.BroadcastVector256ToVector512(x3 + k);
            a03 = Vector512.FusedMultiplyAdd(w0, x, a03);
            a13 = Vector512.FusedMultiplyAdd(w1, x, a13);
            a23 = Vector512.FusedMultiplyAdd(w2, x, a23);
            a33 = Vector512.FusedMultiplyAdd(w3, x, a33);
            x = Avx512DQ.BroadcastVector256ToVector512(x4 + k);
            a04 = Vector512.FusedMultiplyAdd(w0, x, a04);
            a14 = Vector512.FusedMultiplyAdd(w1, x, a14);
            a24 = Vector512.FusedMultiplyAdd(w2, x, a24);
            a34 = Vector512.FusedMultiplyAdd(w3, x, a34);
        }

        a00.Store(lanes);
        a10.Store(lanes + 16);
        a20.Store(lanes + 32);
        a30.Store(lanes + 48);
        a01.Store(l1);
        a11.Store(l1 + 16);
        a21.Store(l1 + 32);
        a31.Store(l1 + 48);
        a02.Store(l2);
        a12.Store(l2 + 16);
        a22.Store(l2 + 32);
        a32.Store(l2 + 48);
        a03.Store(l3);
        a13.Store(l3 + 16);
        a23.Store(l3 + 32);
        a33.Store(l3 + 48);
        a04.Store(l4);
        a14.Store(l4 + 16);
        a24.Store(l4 + 32);
        a34.Store(l4 + 48);
    }

    /// <summary>8 rows × 1 token: 4 accumulators of 512 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide8Rows1Tokens(float* panel, int columns, float* input, int inputStride, float* lanes)
    {
        var p1 = panel + 2 * PieceColumns;
        var p2 = p1 + 2 * PieceColumns;
        var p3 = p2 + 2 * PieceColumns;
        var a00 = Vector512.Load(lanes);
        var a10 = Vector512.Load(lanes + 16);
        var a20 = Vector512.Load(lanes + 32);
        var a30 = Vector512.Load(lanes + 48);
        for (nint k = 0; k < columns; k += Lanes.Count)
        {
            var w0 = Vector512.Load(panel + 2 * k);
            var w1 = Vector512.Load(p1 + 2 * k);
            var w2 = Vector512.Load(p2 + 2 * k);
            var w3 = Vector512.Load(p3 + 2 * k);
            var x = Avx512DQ.BroadcastVector256ToVector512(input + k);
            a00 = Vector512.FusedMultiplyAdd(w0, x, a00);
            a10 = Vector512.FusedMultiplyAdd(w1, x, a10);
            a20 = Vector512.FusedMultiplyAdd(w2, x, a20);
            a30 = Vector512.FusedMultiplyAdd(w3, x, a30);
        }

        a00.Store(lanes);
        a10.Store(lanes + 16);
        a20.Store(lanes + 32);
        a30.Store(lanes + 48);
    }

    /// <summary>4 rows × 3 tokens: 12 accumulators of 256 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow4Rows3Tokens(float* panel, int columns, float* input, int inputStride, float* lanes)
    {
        var x1 = input + inputStride;
        var x2 = x1 + inputStride;
        var p1 = panel + 2 * PieceColumns;
        var l1 = lanes + TokenLanes;
        var l2 = l1 + TokenLanes;
        var a00 = Vector256.Load(lanes);
        var a10 = Vector256.Load(lanes + 8);
        var a20 = Vector256.Load(lanes + 16);
        var a30 = Vector256.Load(lanes + 24);
        var a01 = Vector256.Load(l1);
        var a11 = Vector256.Load(l1 + 8);
        var a21 = Vector256.Load(l1 + 16);
        var a31 = Vector256.Load(l1 + 24);
        var a02 = Vector256.Load(l2);
        var a12 = Vector256.Load(l2 + 8);
        var a22 = Vector256.Load(l2 + 16);
        var a32 = Vector256.Load(l2 + 24);
        for (nint k = 0; k < columns; k += Lanes.Count)
        {
            var v0 = Vector256.Load(input + k);
            var v1 = Vector256.Load(x1 + k);
            var v2 = Vector256.Load(x2 + k);
            var w = Vector256.Load(panel + 2 * k);
            a00 = Lanes.Fma(w, v0, a00);
            a01 = Lanes.Fma(w, v1, a01);
            a02 = Lanes.Fma(w, v2, a02);
            w = Vector256.Load(panel + 2 * k + Lanes.Count);
            a10 = Lanes.Fma(w, v0, a10);
            a11 = Lanes.Fma(w, v1, a11);
            a12 = Lanes.Fma(w, v2, a12);
            w = Vector256.Load(p1 + 2 * k);
            a20 = Lanes.Fma(w, v0, a20);
            a21 = Lanes.Fma(w, v1, a21);
            a22 = Lanes.Fma(w, v2, a22);
            w = Vector256.Load(p1 + 2 * k + Lanes.Count);
            a30 = Lanes.Fma(w, v0, a30);
            a31 = Lanes.Fma(w, v1, a31);
            a32 = Lanes.Fma(w, v2, a32);
        }

        a00.Store(lanes);
        a10.Store(lanes + 8);
        a20.Store(lanes + 16);
        a30.Store(lanes + 24);
        a01.Store(l1);
        a11.Store(l1 + 8);
        a21.Store(l1 + 16);
        a31.Store(l1 + 24);
        a02.Store(l2);
        a12.Store(l2 + 8);
        a22.Store(l2 + 16);
        a32.Store(l2 + 24);
    }

    /// <summary>4 rows × 1 token: 4 accumulators of 256 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow4Rows1Tokens(float* panel, int columns, float* input, int inputStride, float* lanes)
    {
        var p1 = panel + 2 * PieceColumns;
        var a00 = Vector256.Load(lanes);
        var a10 = Vector256.Load(lanes + 8);
        var a20 = Vector256.Load(lanes + 16);
        var a30 = Vector256.Load(lanes + 24);
        for (nint k = 0; k < columns; k += Lanes.Count)
        {
            var v0 = Vector256.Load(input + k);
            var w = Vector256.Load(panel + 2 * k);
            a00 = Lanes.Fma(w, v0, a00);
            w = Vector256.Load(panel + 2 * k + Lanes.Count);
            a10 = Lanes.Fma(w, v0, a10);
            w = Vector256.Load(p1 + 2 * k);
            a20 = Lanes.Fma(w, v0, a20);
            w = Vector256.Load(p1 + 2 * k + Lanes.Count);
            a30 = Lanes.Fma(w, v0, a30);
        }

        a00.Store(lanes);
        a10.Store(lanes + 8);
        a20.Store(lanes + 16);
        a30.Store(lanes + 24);
    }
}
