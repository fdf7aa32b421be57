using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>
/// Products of a quad's steps with a few tokens, in the order of <see cref="Lanes"/>: the bits are those of the BF16 rows. Sums are taken up from memory and laid down again,
/// because a quad's patches cut it into runs of steps.
/// </summary>
/// <remarks>step: the first of whole ones; input: [tokens, columns] from that step's columns on; lanes: [tokens, 4 rows, 8].</remarks>
internal static unsafe class TwelveBitTiles
{
    /// <summary>Floats from one token's lanes to the next one's.</summary>
    public const int TokenLanes = TwelveBits.Rows * Lanes.Count;

    /// <summary>Bytes of one row of each pair.</summary>
    private const int Half = TwelveBits.BlockByteCount / 2;

    /// <summary>4 rows × 1 token: 4 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tokens1(byte* step, int steps, Vector128<byte> table, float* input, float* lanes)
    {
        var named = Vector256.Create(table, table);
        var (a00, a10) = (Vector256.Load(lanes), Vector256.Load(lanes + Lanes.Count));
        var (a20, a30) = (Vector256.Load(lanes + 2 * Lanes.Count), Vector256.Load(lanes + 3 * Lanes.Count));
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            // The first row of each pair.
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector256.Load(step)));
            var words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount, upper);
            var w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input), a00);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input), a20);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount, upper);
            w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input + 8), a00);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input + 8), a20);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector256.Load(step)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount, upper);
            w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input + 16), a00);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input + 16), a20);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount, upper);
            w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input + 24), a00);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input + 24), a20);
            // The second row of each pair.
            upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector256.Load(step + Half)));
            words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input), a10);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input), a30);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input + 8), a10);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input + 8), a30);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector256.Load(step + Half)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input + 16), a10);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input + 16), a30);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input + 24), a10);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input + 24), a30);
        }

        a00.Store(lanes);
        a10.Store(lanes + Lanes.Count);
        a20.Store(lanes + 2 * Lanes.Count);
        a30.Store(lanes + 3 * Lanes.Count);
    }

    /// <summary>4 rows × 2 tokens: 8 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tokens2(byte* step, int steps, Vector128<byte> table, float* input, nint inputStride, float* lanes)
    {
        var named = Vector256.Create(table, table);
        var (a00, a10) = (Vector256.Load(lanes), Vector256.Load(lanes + Lanes.Count));
        var (a20, a30) = (Vector256.Load(lanes + 2 * Lanes.Count), Vector256.Load(lanes + 3 * Lanes.Count));
        var (a01, a11) = (Vector256.Load(lanes + TokenLanes), Vector256.Load(lanes + TokenLanes + Lanes.Count));
        var (a21, a31) = (Vector256.Load(lanes + TokenLanes + 2 * Lanes.Count), Vector256.Load(lanes + TokenLanes + 3 * Lanes.Count));
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            // The first row of each pair.
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector256.Load(step)));
            var words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount, upper);
            var w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input), a00);
            a01 = Lanes.Fma(w, Vector256.Load(input + inputStride), a01);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input), a20);
            a21 = Lanes.Fma(w, Vector256.Load(input + inputStride), a21);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount, upper);
            w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input + 8), a00);
            a01 = Lanes.Fma(w, Vector256.Load(input + inputStride + 8), a01);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input + 8), a20);
            a21 = Lanes.Fma(w, Vector256.Load(input + inputStride + 8), a21);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector256.Load(step)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount, upper);
            w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input + 16), a00);
            a01 = Lanes.Fma(w, Vector256.Load(input + inputStride + 16), a01);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input + 16), a20);
            a21 = Lanes.Fma(w, Vector256.Load(input + inputStride + 16), a21);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount, upper);
            w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input + 24), a00);
            a01 = Lanes.Fma(w, Vector256.Load(input + inputStride + 24), a01);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input + 24), a20);
            a21 = Lanes.Fma(w, Vector256.Load(input + inputStride + 24), a21);
            // The second row of each pair.
            upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector256.Load(step + Half)));
            words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input), a10);
            a11 = Lanes.Fma(w, Vector256.Load(input + inputStride), a11);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input), a30);
            a31 = Lanes.Fma(w, Vector256.Load(input + inputStride), a31);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input + 8), a10);
            a11 = Lanes.Fma(w, Vector256.Load(input + inputStride + 8), a11);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input + 8), a30);
            a31 = Lanes.Fma(w, Vector256.Load(input + inputStride + 8), a31);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector256.Load(step + Half)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input + 16), a10);
            a11 = Lanes.Fma(w, Vector256.Load(input + inputStride + 16), a11);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input + 16), a30);
            a31 = Lanes.Fma(w, Vector256.Load(input + inputStride + 16), a31);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input + 24), a10);
            a11 = Lanes.Fma(w, Vector256.Load(input + inputStride + 24), a11);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input + 24), a30);
            a31 = Lanes.Fma(w, Vector256.Load(input + inputStride + 24), a31);
        }

        a00.Store(lanes);
        a10.Store(lanes + Lanes.Count);
        a20.Store(lanes + 2 * Lanes.Count);
        a30.Store(lanes + 3 * Lanes.Count);
        a01.Store(lanes + TokenLanes);
        a11.Store(lanes + TokenLanes + Lanes.Count);
        a21.Store(lanes + TokenLanes + 2 * Lanes.Count);
        a31.Store(lanes + TokenLanes + 3 * Lanes.Count);
    }

    /// <summary>4 rows × 3 tokens: 12 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tokens3(byte* step, int steps, Vector128<byte> table, float* input, nint inputStride, float* lanes)
    {
        var named = Vector256.Create(table, table);
        var (a00, a10) = (Vector256.Load(lanes), Vector256.Load(lanes + Lanes.Count));
        var (a20, a30) = (Vector256.Load(lanes + 2 * Lanes.Count), Vector256.Load(lanes + 3 * Lanes.Count));
        var (a01, a11) = (Vector256.Load(lanes + TokenLanes), Vector256.Load(lanes + TokenLanes + Lanes.Count));
        var (a21, a31) = (Vector256.Load(lanes + TokenLanes + 2 * Lanes.Count), Vector256.Load(lanes + TokenLanes + 3 * Lanes.Count));
        var (a02, a12) = (Vector256.Load(lanes + 2 * TokenLanes), Vector256.Load(lanes + 2 * TokenLanes + Lanes.Count));
        var (a22, a32) = (Vector256.Load(lanes + 2 * TokenLanes + 2 * Lanes.Count), Vector256.Load(lanes + 2 * TokenLanes + 3 * Lanes.Count));
        var inputStride2 = 2 * inputStride;
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            // The first row of each pair.
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector256.Load(step)));
            var words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount, upper);
            var w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input), a00);
            a01 = Lanes.Fma(w, Vector256.Load(input + inputStride), a01);
            a02 = Lanes.Fma(w, Vector256.Load(input + inputStride2), a02);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input), a20);
            a21 = Lanes.Fma(w, Vector256.Load(input + inputStride), a21);
            a22 = Lanes.Fma(w, Vector256.Load(input + inputStride2), a22);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount, upper);
            w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input + 8), a00);
            a01 = Lanes.Fma(w, Vector256.Load(input + inputStride + 8), a01);
            a02 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 8), a02);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input + 8), a20);
            a21 = Lanes.Fma(w, Vector256.Load(input + inputStride + 8), a21);
            a22 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 8), a22);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector256.Load(step)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount, upper);
            w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input + 16), a00);
            a01 = Lanes.Fma(w, Vector256.Load(input + inputStride + 16), a01);
            a02 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 16), a02);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input + 16), a20);
            a21 = Lanes.Fma(w, Vector256.Load(input + inputStride + 16), a21);
            a22 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 16), a22);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount, upper);
            w = TwelveBitWords.FirstPair(words);
            a00 = Lanes.Fma(w, Vector256.Load(input + 24), a00);
            a01 = Lanes.Fma(w, Vector256.Load(input + inputStride + 24), a01);
            a02 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 24), a02);
            w = TwelveBitWords.SecondPair(words);
            a20 = Lanes.Fma(w, Vector256.Load(input + 24), a20);
            a21 = Lanes.Fma(w, Vector256.Load(input + inputStride + 24), a21);
            a22 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 24), a22);
            // The second row of each pair.
            upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector256.Load(step + Half)));
            words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input), a10);
            a11 = Lanes.Fma(w, Vector256.Load(input + inputStride), a11);
            a12 = Lanes.Fma(w, Vector256.Load(input + inputStride2), a12);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input), a30);
            a31 = Lanes.Fma(w, Vector256.Load(input + inputStride), a31);
            a32 = Lanes.Fma(w, Vector256.Load(input + inputStride2), a32);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input + 8), a10);
            a11 = Lanes.Fma(w, Vector256.Load(input + inputStride + 8), a11);
            a12 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 8), a12);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input + 8), a30);
            a31 = Lanes.Fma(w, Vector256.Load(input + inputStride + 8), a31);
            a32 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 8), a32);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector256.Load(step + Half)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input + 16), a10);
            a11 = Lanes.Fma(w, Vector256.Load(input + inputStride + 16), a11);
            a12 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 16), a12);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input + 16), a30);
            a31 = Lanes.Fma(w, Vector256.Load(input + inputStride + 16), a31);
            a32 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 16), a32);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount + Half, upper);
            w = TwelveBitWords.FirstPair(words);
            a10 = Lanes.Fma(w, Vector256.Load(input + 24), a10);
            a11 = Lanes.Fma(w, Vector256.Load(input + inputStride + 24), a11);
            a12 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 24), a12);
            w = TwelveBitWords.SecondPair(words);
            a30 = Lanes.Fma(w, Vector256.Load(input + 24), a30);
            a31 = Lanes.Fma(w, Vector256.Load(input + inputStride + 24), a31);
            a32 = Lanes.Fma(w, Vector256.Load(input + inputStride2 + 24), a32);
        }

        a00.Store(lanes);
        a10.Store(lanes + Lanes.Count);
        a20.Store(lanes + 2 * Lanes.Count);
        a30.Store(lanes + 3 * Lanes.Count);
        a01.Store(lanes + TokenLanes);
        a11.Store(lanes + TokenLanes + Lanes.Count);
        a21.Store(lanes + TokenLanes + 2 * Lanes.Count);
        a31.Store(lanes + TokenLanes + 3 * Lanes.Count);
        a02.Store(lanes + 2 * TokenLanes);
        a12.Store(lanes + 2 * TokenLanes + Lanes.Count);
        a22.Store(lanes + 2 * TokenLanes + 2 * Lanes.Count);
        a32.Store(lanes + 2 * TokenLanes + 3 * Lanes.Count);
    }
}
