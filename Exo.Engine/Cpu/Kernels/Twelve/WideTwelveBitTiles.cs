using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>The tiles of <see cref="TwelveBitTiles"/> in registers of 512 bits, a row of a pair in each half.</summary>
/// <remarks>Parameters as there.</remarks>
internal static unsafe class WideTwelveBitTiles
{
    private const int PairLanes = 2 * Lanes.Count;

    /// <summary>Twelve steps: more makes no difference, half of it little.</summary>
    private const int AheadByteCount = 12 * TwelveBits.StepByteCount;

    /// <summary>4 rows × 1 token over all steps of a quad without patches: sums begin with zero and are folded.</summary>
    /// <param name="output">[4]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Whole1(byte* step, int steps, Vector128<byte> table, float* input, float* output)
    {
        var named = Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table));
        Vector512<float> a0 = default, b0 = default;
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount, upper);
            var a = TwelveBitWords.FirstPair(words);
            var b = TwelveBitWords.SecondPair(words);
            var x = Twice(input);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 8);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 16);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 24);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
        }

        Lanes.Fold(a0.GetLower(), a0.GetUpper(), b0.GetLower(), b0.GetUpper()).Store(output);
    }

    /// <summary>4 rows × 1 token: 2 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tokens1(byte* step, int steps, Vector128<byte> table, float* input, float* lanes)
    {
        var named = Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table));
        var (a0, b0) = (Vector512.Load(lanes), Vector512.Load(lanes + PairLanes));
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount, upper);
            var a = TwelveBitWords.FirstPair(words);
            var b = TwelveBitWords.SecondPair(words);
            var x = Twice(input);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 8);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 16);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 24);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
        }

        a0.Store(lanes);
        b0.Store(lanes + PairLanes);
    }

    /// <summary>4 rows × 2 tokens: 4 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tokens2(byte* step, int steps, Vector128<byte> table, float* input, nint inputStride, float* lanes)
    {
        var named = Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table));
        var (a0, b0) = (Vector512.Load(lanes), Vector512.Load(lanes + PairLanes));
        var (a1, b1) = (Vector512.Load(lanes + TwelveBitTiles.TokenLanes), Vector512.Load(lanes + TwelveBitTiles.TokenLanes + PairLanes));
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount, upper);
            var a = TwelveBitWords.FirstPair(words);
            var b = TwelveBitWords.SecondPair(words);
            var x = Twice(input);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 8);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride + 8);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 16);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride + 16);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 24);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride + 24);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
        }

        a0.Store(lanes);
        b0.Store(lanes + PairLanes);
        a1.Store(lanes + TwelveBitTiles.TokenLanes);
        b1.Store(lanes + TwelveBitTiles.TokenLanes + PairLanes);
    }

    /// <summary>4 rows × 4 tokens: 8 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tokens4(byte* step, int steps, Vector128<byte> table, float* input, nint inputStride, float* lanes)
    {
        var named = Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table));
        var (a0, b0) = (Vector512.Load(lanes), Vector512.Load(lanes + PairLanes));
        var (a1, b1) = (Vector512.Load(lanes + TwelveBitTiles.TokenLanes), Vector512.Load(lanes + TwelveBitTiles.TokenLanes + PairLanes));
        var (a2, b2) = (Vector512.Load(lanes + 2 * TwelveBitTiles.TokenLanes), Vector512.Load(lanes + 2 * TwelveBitTiles.TokenLanes + PairLanes));
        var (a3, b3) = (Vector512.Load(lanes + 3 * TwelveBitTiles.TokenLanes), Vector512.Load(lanes + 3 * TwelveBitTiles.TokenLanes + PairLanes));
        var (stride2, stride3) = (2 * inputStride, 3 * inputStride);
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount, upper);
            var a = TwelveBitWords.FirstPair(words);
            var b = TwelveBitWords.SecondPair(words);
            var x = Twice(input);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Twice(input + stride2);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Twice(input + stride3);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 8);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride + 8);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Twice(input + stride2 + 8);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Twice(input + stride3 + 8);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 16);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride + 16);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Twice(input + stride2 + 16);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Twice(input + stride3 + 16);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 24);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride + 24);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Twice(input + stride2 + 24);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Twice(input + stride3 + 24);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
        }

        a0.Store(lanes);
        b0.Store(lanes + PairLanes);
        a1.Store(lanes + TwelveBitTiles.TokenLanes);
        b1.Store(lanes + TwelveBitTiles.TokenLanes + PairLanes);
        a2.Store(lanes + 2 * TwelveBitTiles.TokenLanes);
        b2.Store(lanes + 2 * TwelveBitTiles.TokenLanes + PairLanes);
        a3.Store(lanes + 3 * TwelveBitTiles.TokenLanes);
        b3.Store(lanes + 3 * TwelveBitTiles.TokenLanes + PairLanes);
    }

    /// <summary>4 rows × 8 tokens: 16 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tokens8(byte* step, int steps, Vector128<byte> table, float* input, nint inputStride, float* lanes)
    {
        var named = Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table));
        var (a0, b0) = (Vector512.Load(lanes), Vector512.Load(lanes + PairLanes));
        var (a1, b1) = (Vector512.Load(lanes + TwelveBitTiles.TokenLanes), Vector512.Load(lanes + TwelveBitTiles.TokenLanes + PairLanes));
        var (a2, b2) = (Vector512.Load(lanes + 2 * TwelveBitTiles.TokenLanes), Vector512.Load(lanes + 2 * TwelveBitTiles.TokenLanes + PairLanes));
        var (a3, b3) = (Vector512.Load(lanes + 3 * TwelveBitTiles.TokenLanes), Vector512.Load(lanes + 3 * TwelveBitTiles.TokenLanes + PairLanes));
        var (a4, b4) = (Vector512.Load(lanes + 4 * TwelveBitTiles.TokenLanes), Vector512.Load(lanes + 4 * TwelveBitTiles.TokenLanes + PairLanes));
        var (a5, b5) = (Vector512.Load(lanes + 5 * TwelveBitTiles.TokenLanes), Vector512.Load(lanes + 5 * TwelveBitTiles.TokenLanes + PairLanes));
        var (a6, b6) = (Vector512.Load(lanes + 6 * TwelveBitTiles.TokenLanes), Vector512.Load(lanes + 6 * TwelveBitTiles.TokenLanes + PairLanes));
        var (a7, b7) = (Vector512.Load(lanes + 7 * TwelveBitTiles.TokenLanes), Vector512.Load(lanes + 7 * TwelveBitTiles.TokenLanes + PairLanes));
        var (stride2, stride3) = (2 * inputStride, 3 * inputStride);
        var input4 = input + 4 * inputStride;
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns, input4 += TwelveBits.StepColumns)
        {
            Prefetch(step);
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(step)));
            var words = TwelveBitWords.FirstEight(step + TwelveBits.BlockByteCount, upper);
            var a = TwelveBitWords.FirstPair(words);
            var b = TwelveBitWords.SecondPair(words);
            var x = Twice(input);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Twice(input + stride2);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Twice(input + stride3);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            x = Twice(input4);
            a4 = Vector512.FusedMultiplyAdd(a, x, a4);
            b4 = Vector512.FusedMultiplyAdd(b, x, b4);
            x = Twice(input4 + inputStride);
            a5 = Vector512.FusedMultiplyAdd(a, x, a5);
            b5 = Vector512.FusedMultiplyAdd(b, x, b5);
            x = Twice(input4 + stride2);
            a6 = Vector512.FusedMultiplyAdd(a, x, a6);
            b6 = Vector512.FusedMultiplyAdd(b, x, b6);
            x = Twice(input4 + stride3);
            a7 = Vector512.FusedMultiplyAdd(a, x, a7);
            b7 = Vector512.FusedMultiplyAdd(b, x, b7);
            words = TwelveBitWords.SecondEight(step + TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 8);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride + 8);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Twice(input + stride2 + 8);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Twice(input + stride3 + 8);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            x = Twice(input4 + 8);
            a4 = Vector512.FusedMultiplyAdd(a, x, a4);
            b4 = Vector512.FusedMultiplyAdd(b, x, b4);
            x = Twice(input4 + inputStride + 8);
            a5 = Vector512.FusedMultiplyAdd(a, x, a5);
            b5 = Vector512.FusedMultiplyAdd(b, x, b5);
            x = Twice(input4 + stride2 + 8);
            a6 = Vector512.FusedMultiplyAdd(a, x, a6);
            b6 = Vector512.FusedMultiplyAdd(b, x, b6);
            x = Twice(input4 + stride3 + 8);
            a7 = Vector512.FusedMultiplyAdd(a, x, a7);
            b7 = Vector512.FusedMultiplyAdd(b, x, b7);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(step)));
            words = TwelveBitWords.FirstEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 16);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride + 16);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Twice(input + stride2 + 16);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Twice(input + stride3 + 16);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            x = Twice(input4 + 16);
            a4 = Vector512.FusedMultiplyAdd(a, x, a4);
            b4 = Vector512.FusedMultiplyAdd(b, x, b4);
            x = Twice(input4 + inputStride + 16);
            a5 = Vector512.FusedMultiplyAdd(a, x, a5);
            b5 = Vector512.FusedMultiplyAdd(b, x, b5);
            x = Twice(input4 + stride2 + 16);
            a6 = Vector512.FusedMultiplyAdd(a, x, a6);
            b6 = Vector512.FusedMultiplyAdd(b, x, b6);
            x = Twice(input4 + stride3 + 16);
            a7 = Vector512.FusedMultiplyAdd(a, x, a7);
            b7 = Vector512.FusedMultiplyAdd(b, x, b7);
            words = TwelveBitWords.SecondEight(step + 2 * TwelveBits.BlockByteCount, upper);
            a = TwelveBitWords.FirstPair(words);
            b = TwelveBitWords.SecondPair(words);
            x = Twice(input + 24);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(input + inputStride + 24);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Twice(input + stride2 + 24);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Twice(input + stride3 + 24);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            x = Twice(input4 + 24);
            a4 = Vector512.FusedMultiplyAdd(a, x, a4);
            b4 = Vector512.FusedMultiplyAdd(b, x, b4);
            x = Twice(input4 + inputStride + 24);
            a5 = Vector512.FusedMultiplyAdd(a, x, a5);
            b5 = Vector512.FusedMultiplyAdd(b, x, b5);
            x = Twice(input4 + stride2 + 24);
            a6 = Vector512.FusedMultiplyAdd(a, x, a6);
            b6 = Vector512.FusedMultiplyAdd(b, x, b6);
            x = Twice(input4 + stride3 + 24);
            a7 = Vector512.FusedMultiplyAdd(a, x, a7);
            b7 = Vector512.FusedMultiplyAdd(b, x, b7);
        }

        a0.Store(lanes);
        b0.Store(lanes + PairLanes);
        a1.Store(lanes + TwelveBitTiles.TokenLanes);
        b1.Store(lanes + TwelveBitTiles.TokenLanes + PairLanes);
        a2.Store(lanes + 2 * TwelveBitTiles.TokenLanes);
        b2.Store(lanes + 2 * TwelveBitTiles.TokenLanes + PairLanes);
        a3.Store(lanes + 3 * TwelveBitTiles.TokenLanes);
        b3.Store(lanes + 3 * TwelveBitTiles.TokenLanes + PairLanes);
        a4.Store(lanes + 4 * TwelveBitTiles.TokenLanes);
        b4.Store(lanes + 4 * TwelveBitTiles.TokenLanes + PairLanes);
        a5.Store(lanes + 5 * TwelveBitTiles.TokenLanes);
        b5.Store(lanes + 5 * TwelveBitTiles.TokenLanes + PairLanes);
        a6.Store(lanes + 6 * TwelveBitTiles.TokenLanes);
        b6.Store(lanes + 6 * TwelveBitTiles.TokenLanes + PairLanes);
        a7.Store(lanes + 7 * TwelveBitTiles.TokenLanes);
        b7.Store(lanes + 7 * TwelveBitTiles.TokenLanes + PairLanes);
    }

    /// <summary>Asks for a step that is far enough ahead. The processor foresees the one stream of a quad too late where the inputs of several tokens pass through its caches beside it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* step)
    {
        Sse.Prefetch0(step + AheadByteCount);
        Sse.Prefetch0(step + AheadByteCount + 64);
        Sse.Prefetch0(step + AheadByteCount + 128);
    }

    /// <summary>Eight inputs, for each row of a pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Twice(float* input) => Avx512DQ.BroadcastVector256ToVector512(input);
}
