using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>Products as those of <see cref="TwelveBitTiles"/> with one to eight tokens in registers of 512 bits, a row of a pair in each half.</summary>
/// <remarks>step: the first of whole ones; input: [tokens, columns] from that step's columns on; lanes: [tokens, 4 rows, 8].</remarks>
internal static unsafe class WideTwelveBitTiles
{
    private const int PairLanes = 2 * Lanes.Count;
    private const int TokenLanes = WidenedQuadTiles.TokenLanes;

    /// <summary>The lower bytes of columns 0 to 15 and 16 to 31.</summary>
    private const int FirstBlock = TwelveBits.BlockByteCount, SecondBlock = 2 * TwelveBits.BlockByteCount;

    /// <summary>Most tokens of a tile.</summary>
    public const int MostTokens = 8;

    /// <summary>lanes[token, row] += weights · input.</summary>
    /// <param name="tokens">1, 2, 4 or 8.</param>
    public static void Add(byte* step, int steps, Vector128<byte> table, float* input, nint inputStride, int tokens, float* lanes)
    {
        switch (tokens)
        {
            case 8: Tokens8(step, steps, table, input, inputStride, lanes); break;
            case 4: Tokens4(step, steps, table, input, inputStride, lanes); break;
            case 2: Tokens2(step, steps, table, input, inputStride, lanes); break;
            default: Tokens1(step, steps, table, input, lanes); break;
        }
    }

    /// <summary>4 rows × 1 token over all steps of a quad without patches: sums begin with zero and are folded.</summary>
    /// <param name="output">[4]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Whole1(byte* step, int steps, Vector128<byte> table, float* input, float* output)
    {
        var named = Four(table);
        Vector512<float> a0 = default, b0 = default;
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            TwelveBits.Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + FirstBlock, upper);
            Add(words, input, ref a0, ref b0);
            words = TwelveBitWords.SecondEight(step + FirstBlock, upper);
            Add(words, input + 8, ref a0, ref b0);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + SecondBlock, upper);
            Add(words, input + 16, ref a0, ref b0);
            words = TwelveBitWords.SecondEight(step + SecondBlock, upper);
            Add(words, input + 24, ref a0, ref b0);
        }

        Lanes.Fold(a0.GetLower(), a0.GetUpper(), b0.GetLower(), b0.GetUpper()).Store(output);
    }

    /// <summary>4 rows × 1 token: 2 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens1(byte* step, int steps, Vector128<byte> table, float* input, float* lanes)
    {
        var named = Four(table);
        var (a0, b0) = (Vector512.Load(lanes), Vector512.Load(lanes + PairLanes));
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            TwelveBits.Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + FirstBlock, upper);
            Add(words, input, ref a0, ref b0);
            words = TwelveBitWords.SecondEight(step + FirstBlock, upper);
            Add(words, input + 8, ref a0, ref b0);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + SecondBlock, upper);
            Add(words, input + 16, ref a0, ref b0);
            words = TwelveBitWords.SecondEight(step + SecondBlock, upper);
            Add(words, input + 24, ref a0, ref b0);
        }

        Store(a0, b0, lanes);
    }

    /// <summary>4 rows × 2 tokens: 4 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens2(byte* step, int steps, Vector128<byte> table, float* input, nint inputStride, float* lanes)
    {
        var named = Four(table);
        var (a0, b0) = (Vector512.Load(lanes), Vector512.Load(lanes + PairLanes));
        var (a1, b1) = (Vector512.Load(lanes + TokenLanes), Vector512.Load(lanes + TokenLanes + PairLanes));
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            TwelveBits.Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + FirstBlock, upper);
            Add(words, input, ref a0, ref b0);
            Add(words, input + inputStride, ref a1, ref b1);
            words = TwelveBitWords.SecondEight(step + FirstBlock, upper);
            Add(words, input + 8, ref a0, ref b0);
            Add(words, input + inputStride + 8, ref a1, ref b1);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + SecondBlock, upper);
            Add(words, input + 16, ref a0, ref b0);
            Add(words, input + inputStride + 16, ref a1, ref b1);
            words = TwelveBitWords.SecondEight(step + SecondBlock, upper);
            Add(words, input + 24, ref a0, ref b0);
            Add(words, input + inputStride + 24, ref a1, ref b1);
        }

        Store(a0, b0, lanes);
        Store(a1, b1, lanes + TokenLanes);
    }

    /// <summary>4 rows × 4 tokens: 8 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens4(byte* step, int steps, Vector128<byte> table, float* input, nint inputStride, float* lanes)
    {
        var named = Four(table);
        var (a0, b0) = (Vector512.Load(lanes), Vector512.Load(lanes + PairLanes));
        var (a1, b1) = (Vector512.Load(lanes + TokenLanes), Vector512.Load(lanes + TokenLanes + PairLanes));
        var (a2, b2) = (Vector512.Load(lanes + 2 * TokenLanes), Vector512.Load(lanes + 2 * TokenLanes + PairLanes));
        var (a3, b3) = (Vector512.Load(lanes + 3 * TokenLanes), Vector512.Load(lanes + 3 * TokenLanes + PairLanes));
        var (stride2, stride3) = (2 * inputStride, 3 * inputStride);
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            TwelveBits.Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + FirstBlock, upper);
            Add(words, input, ref a0, ref b0);
            Add(words, input + inputStride, ref a1, ref b1);
            Add(words, input + stride2, ref a2, ref b2);
            Add(words, input + stride3, ref a3, ref b3);
            words = TwelveBitWords.SecondEight(step + FirstBlock, upper);
            Add(words, input + 8, ref a0, ref b0);
            Add(words, input + inputStride + 8, ref a1, ref b1);
            Add(words, input + stride2 + 8, ref a2, ref b2);
            Add(words, input + stride3 + 8, ref a3, ref b3);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + SecondBlock, upper);
            Add(words, input + 16, ref a0, ref b0);
            Add(words, input + inputStride + 16, ref a1, ref b1);
            Add(words, input + stride2 + 16, ref a2, ref b2);
            Add(words, input + stride3 + 16, ref a3, ref b3);
            words = TwelveBitWords.SecondEight(step + SecondBlock, upper);
            Add(words, input + 24, ref a0, ref b0);
            Add(words, input + inputStride + 24, ref a1, ref b1);
            Add(words, input + stride2 + 24, ref a2, ref b2);
            Add(words, input + stride3 + 24, ref a3, ref b3);
        }

        Store(a0, b0, lanes);
        Store(a1, b1, lanes + TokenLanes);
        Store(a2, b2, lanes + 2 * TokenLanes);
        Store(a3, b3, lanes + 3 * TokenLanes);
    }

    /// <summary>4 rows × 8 tokens: 16 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens8(byte* step, int steps, Vector128<byte> table, float* input, nint inputStride, float* lanes)
    {
        var named = Four(table);
        var (a0, b0) = (Vector512.Load(lanes), Vector512.Load(lanes + PairLanes));
        var (a1, b1) = (Vector512.Load(lanes + TokenLanes), Vector512.Load(lanes + TokenLanes + PairLanes));
        var (a2, b2) = (Vector512.Load(lanes + 2 * TokenLanes), Vector512.Load(lanes + 2 * TokenLanes + PairLanes));
        var (a3, b3) = (Vector512.Load(lanes + 3 * TokenLanes), Vector512.Load(lanes + 3 * TokenLanes + PairLanes));
        var (a4, b4) = (Vector512.Load(lanes + 4 * TokenLanes), Vector512.Load(lanes + 4 * TokenLanes + PairLanes));
        var (a5, b5) = (Vector512.Load(lanes + 5 * TokenLanes), Vector512.Load(lanes + 5 * TokenLanes + PairLanes));
        var (a6, b6) = (Vector512.Load(lanes + 6 * TokenLanes), Vector512.Load(lanes + 6 * TokenLanes + PairLanes));
        var (a7, b7) = (Vector512.Load(lanes + 7 * TokenLanes), Vector512.Load(lanes + 7 * TokenLanes + PairLanes));
        var (stride2, stride3) = (2 * inputStride, 3 * inputStride);
        var input4 = input + 4 * inputStride;
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns, input4 += TwelveBits.StepColumns)
        {
            TwelveBits.Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + FirstBlock, upper);
            Add(words, input, ref a0, ref b0);
            Add(words, input + inputStride, ref a1, ref b1);
            Add(words, input + stride2, ref a2, ref b2);
            Add(words, input + stride3, ref a3, ref b3);
            Add(words, input4, ref a4, ref b4);
            Add(words, input4 + inputStride, ref a5, ref b5);
            Add(words, input4 + stride2, ref a6, ref b6);
            Add(words, input4 + stride3, ref a7, ref b7);
            words = TwelveBitWords.SecondEight(step + FirstBlock, upper);
            Add(words, input + 8, ref a0, ref b0);
            Add(words, input + inputStride + 8, ref a1, ref b1);
            Add(words, input + stride2 + 8, ref a2, ref b2);
            Add(words, input + stride3 + 8, ref a3, ref b3);
            Add(words, input4 + 8, ref a4, ref b4);
            Add(words, input4 + inputStride + 8, ref a5, ref b5);
            Add(words, input4 + stride2 + 8, ref a6, ref b6);
            Add(words, input4 + stride3 + 8, ref a7, ref b7);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + SecondBlock, upper);
            Add(words, input + 16, ref a0, ref b0);
            Add(words, input + inputStride + 16, ref a1, ref b1);
            Add(words, input + stride2 + 16, ref a2, ref b2);
            Add(words, input + stride3 + 16, ref a3, ref b3);
            Add(words, input4 + 16, ref a4, ref b4);
            Add(words, input4 + inputStride + 16, ref a5, ref b5);
            Add(words, input4 + stride2 + 16, ref a6, ref b6);
            Add(words, input4 + stride3 + 16, ref a7, ref b7);
            words = TwelveBitWords.SecondEight(step + SecondBlock, upper);
            Add(words, input + 24, ref a0, ref b0);
            Add(words, input + inputStride + 24, ref a1, ref b1);
            Add(words, input + stride2 + 24, ref a2, ref b2);
            Add(words, input + stride3 + 24, ref a3, ref b3);
            Add(words, input4 + 24, ref a4, ref b4);
            Add(words, input4 + inputStride + 24, ref a5, ref b5);
            Add(words, input4 + stride2 + 24, ref a6, ref b6);
            Add(words, input4 + stride3 + 24, ref a7, ref b7);
        }

        Store(a0, b0, lanes);
        Store(a1, b1, lanes + TokenLanes);
        Store(a2, b2, lanes + 2 * TokenLanes);
        Store(a3, b3, lanes + 3 * TokenLanes);
        Store(a4, b4, lanes + 4 * TokenLanes);
        Store(a5, b5, lanes + 5 * TokenLanes);
        Store(a6, b6, lanes + 6 * TokenLanes);
        Store(a7, b7, lanes + 7 * TokenLanes);
    }

    /// <summary>Adds the products of eight columns of both pairs with a token's inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<uint> words, float* input, ref Vector512<float> first, ref Vector512<float> second)
    {
        var x = Avx512DQ.BroadcastVector256ToVector512(input);
        first = Vector512.FusedMultiplyAdd(TwelveBitWords.FirstPair(words), x, first);
        second = Vector512.FusedMultiplyAdd(TwelveBitWords.SecondPair(words), x, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> first, Vector512<float> second, float* lanes)
    {
        first.Store(lanes);
        second.Store(lanes + PairLanes);
    }

    /// <summary>The table in each 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Four(Vector128<byte> table) => Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table));
}
