using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>Tiles of a few tokens in registers of sixteen floats: a half for each of two rows, so that every row has its eight lanes as everywhere.</summary>
internal static unsafe partial class DotTiles<TElement>
{
    /// <summary>Half or twice as much makes no difference.</summary>
    private const int AheadByteCount = 2048;

    /// <summary>4 rows × 8 tokens: 16 accumulators. Each weight is widened once for all eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4Tokens8(byte* weight, long streamByteCount, float* input, nint inputStride, int columns, float* output, long streamRows, long outputStride)
    {
        var w1 = weight + streamByteCount;
        var w2 = w1 + streamByteCount;
        var w3 = w2 + streamByteCount;
        var (stride2, stride3) = (2 * inputStride, 3 * inputStride);
        var x0 = input;
        var x4 = input + 4 * inputStride;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        for (nint at = 0; at < columns * TElement.Size; at += Lanes.Count * TElement.Size, x0 += Lanes.Count, x4 += Lanes.Count)
        {
            Prefetch(weight + at, w1 + at, w2 + at, w3 + at);
            var a = TElement.LoadTwo(weight + at, w1 + at);
            var b = TElement.LoadTwo(w2 + at, w3 + at);
            var x = Twice(x0);
            a0 = Vector512.FusedMultiplyAdd(a, x, a0);
            b0 = Vector512.FusedMultiplyAdd(b, x, b0);
            x = Twice(x0 + inputStride);
            a1 = Vector512.FusedMultiplyAdd(a, x, a1);
            b1 = Vector512.FusedMultiplyAdd(b, x, b1);
            x = Twice(x0 + stride2);
            a2 = Vector512.FusedMultiplyAdd(a, x, a2);
            b2 = Vector512.FusedMultiplyAdd(b, x, b2);
            x = Twice(x0 + stride3);
            a3 = Vector512.FusedMultiplyAdd(a, x, a3);
            b3 = Vector512.FusedMultiplyAdd(b, x, b3);
            x = Twice(x4);
            a4 = Vector512.FusedMultiplyAdd(a, x, a4);
            b4 = Vector512.FusedMultiplyAdd(b, x, b4);
            x = Twice(x4 + inputStride);
            a5 = Vector512.FusedMultiplyAdd(a, x, a5);
            b5 = Vector512.FusedMultiplyAdd(b, x, b5);
            x = Twice(x4 + stride2);
            a6 = Vector512.FusedMultiplyAdd(a, x, a6);
            b6 = Vector512.FusedMultiplyAdd(b, x, b6);
            x = Twice(x4 + stride3);
            a7 = Vector512.FusedMultiplyAdd(a, x, a7);
            b7 = Vector512.FusedMultiplyAdd(b, x, b7);
        }

        Store(a0, b0, output, streamRows);
        Store(a1, b1, output + outputStride, streamRows);
        Store(a2, b2, output + 2 * outputStride, streamRows);
        Store(a3, b3, output + 3 * outputStride, streamRows);
        output += 4 * outputStride;
        Store(a4, b4, output, streamRows);
        Store(a5, b5, output + outputStride, streamRows);
        Store(a6, b6, output + 2 * outputStride, streamRows);
        Store(a7, b7, output + 3 * outputStride, streamRows);
    }

    /// <summary>4 rows × 4 tokens: 8 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4Tokens4(byte* weight, long streamByteCount, float* input, nint inputStride, int columns, float* output, long streamRows, long outputStride)
    {
        var w1 = weight + streamByteCount;
        var w2 = w1 + streamByteCount;
        var w3 = w2 + streamByteCount;
        var (stride2, stride3) = (2 * inputStride, 3 * inputStride);
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (nint at = 0; at < columns * TElement.Size; at += Lanes.Count * TElement.Size, input += Lanes.Count)
        {
            Prefetch(weight + at, w1 + at, w2 + at, w3 + at);
            var a = TElement.LoadTwo(weight + at, w1 + at);
            var b = TElement.LoadTwo(w2 + at, w3 + at);
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
        }

        Store(a0, b0, output, streamRows);
        Store(a1, b1, output + outputStride, streamRows);
        Store(a2, b2, output + 2 * outputStride, streamRows);
        Store(a3, b3, output + 3 * outputStride, streamRows);
    }

    /// <summary>Asks for weights that are far enough ahead: beside the inputs of several tokens, which pass through the same caches, the processor foresees their streams too late.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* w0, byte* w1, byte* w2, byte* w3)
    {
        Sse.Prefetch0(w0 + AheadByteCount);
        Sse.Prefetch0(w1 + AheadByteCount);
        Sse.Prefetch0(w2 + AheadByteCount);
        Sse.Prefetch0(w3 + AheadByteCount);
    }

    /// <summary>Eight inputs, for each of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Twice(float* input) => Avx512DQ.BroadcastVector256ToVector512(input);

    /// <summary>Folds the lanes of four rows, two in each register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> a, Vector512<float> b, float* output, long streamRows) =>
        Lanes.Store(Lanes.Fold(a.GetLower(), a.GetUpper(), b.GetLower(), b.GetUpper()), output, streamRows);
}
