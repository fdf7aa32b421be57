using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// output[token, row] = Σ weight[row, k] · input[token, k] over small tiles held in registers. Weights are row-major, as safetensors and GGUF store them, so
/// nothing is repacked and the mapped file is the only copy. Every tile shape sums each output in the order of <see cref="Lanes"/>, so
/// which tile computes an output never shows in its bits. The tiles are compiled at full strength at once: the first token waits for them.
/// </summary>
internal static unsafe class DotTiles<TElement>
    where TElement : struct, IElement
{
    /// <summary>Fills output[token · outputStride + row] for all <paramref name="rows"/> × <paramref name="tokens"/>.</summary>
    /// <param name="weight">[rows, columns], rows <paramref name="rowByteCount"/> bytes apart.</param>
    /// <param name="input">[tokens, columns], tokens <paramref name="inputStride"/> floats apart.</param>
    public static void Multiply(byte* weight, long rowByteCount, int rows, float* input, int inputStride, int tokens, int columns, float* output, long outputStride)
    {
        if (columns % Lanes.Count != 0)
        {
            Ragged(weight, rowByteCount, rows, input, inputStride, tokens, columns, output, outputStride);
            return;
        }

        if (tokens == 1)
        {
            for (; rows >= 8; rows -= 8, weight += 8 * rowByteCount, output += 8)
                Rows8Tokens1(weight, rowByteCount, input, inputStride, columns, output, outputStride);
        }

        for (; rows >= 4; rows -= 4, weight += 4 * rowByteCount, output += 4)
            AllTokens(&Rows4Tokens3, &Rows4Tokens1, weight, rowByteCount, input, inputStride, tokens, columns, output, outputStride);
        for (; rows > 0; rows--, weight += rowByteCount, output++)
            AllTokens(&Rows1Tokens3, &Rows1Tokens1, weight, rowByteCount, input, inputStride, tokens, columns, output, outputStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AllTokens(
        delegate*<byte*, long, float*, int, int, float*, long, void> three, delegate*<byte*, long, float*, int, int, float*, long, void> one,
        byte* weight, long rowByteCount, float* input, int inputStride, int tokens, int columns, float* output, long outputStride)
    {
        var token = 0;
        for (; token + 3 <= tokens; token += 3)
            three(weight, rowByteCount, input + (long)token * inputStride, inputStride, columns, output + token * outputStride, outputStride);
        for (; token < tokens; token++)
            one(weight, rowByteCount, input + (long)token * inputStride, inputStride, columns, output + token * outputStride, outputStride);
    }

    /// <summary>8 rows × 1 token: 8 accumulators. Asks for the next eight rows meanwhile: rows are too short for the processor to notice by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows8Tokens1(byte* weight, long rowByteCount, float* input, int inputStride, int columns, float* output, long outputStride)
    {
        var w1 = weight + rowByteCount;
        var w2 = w1 + rowByteCount;
        var w3 = w2 + rowByteCount;
        var w4 = w3 + rowByteCount;
        var w5 = w4 + rowByteCount;
        var w6 = w5 + rowByteCount;
        var w7 = w6 + rowByteCount;
        var next = w7 + rowByteCount;
        Vector256<float> a00 = default, a10 = default, a20 = default, a30 = default, a40 = default, a50 = default;
        Vector256<float> a60 = default, a70 = default;
        for (nint k = 0, at = 0; k < columns; k += Lanes.Count, at += Lanes.Count * TElement.Size)
        {
            for (var line = 0; line < TElement.Size; line++) Prefetch(next + 8 * at + 64 * line);
            var v0 = Vector256.Load(input + k);
            var w = TElement.Load(weight + at);
            a00 = Lanes.Fma(w, v0, a00);
            w = TElement.Load(w1 + at);
            a10 = Lanes.Fma(w, v0, a10);
            w = TElement.Load(w2 + at);
            a20 = Lanes.Fma(w, v0, a20);
            w = TElement.Load(w3 + at);
            a30 = Lanes.Fma(w, v0, a30);
            w = TElement.Load(w4 + at);
            a40 = Lanes.Fma(w, v0, a40);
            w = TElement.Load(w5 + at);
            a50 = Lanes.Fma(w, v0, a50);
            w = TElement.Load(w6 + at);
            a60 = Lanes.Fma(w, v0, a60);
            w = TElement.Load(w7 + at);
            a70 = Lanes.Fma(w, v0, a70);
        }

        output[0] = Lanes.Fold(a00);
        output[1] = Lanes.Fold(a10);
        output[2] = Lanes.Fold(a20);
        output[3] = Lanes.Fold(a30);
        output[4] = Lanes.Fold(a40);
        output[5] = Lanes.Fold(a50);
        output[6] = Lanes.Fold(a60);
        output[7] = Lanes.Fold(a70);
    }

    /// <summary>4 rows × 3 tokens: 12 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4Tokens3(byte* weight, long rowByteCount, float* input, int inputStride, int columns, float* output, long outputStride)
    {
        var w1 = weight + rowByteCount;
        var w2 = w1 + rowByteCount;
        var w3 = w2 + rowByteCount;
        var x1 = input + inputStride;
        var x2 = x1 + inputStride;
        Vector256<float> a00 = default, a01 = default, a02 = default, a10 = default, a11 = default, a12 = default;
        Vector256<float> a20 = default, a21 = default, a22 = default, a30 = default, a31 = default, a32 = default;
        for (nint k = 0, at = 0; k < columns; k += Lanes.Count, at += Lanes.Count * TElement.Size)
        {
            var v0 = Vector256.Load(input + k);
            var v1 = Vector256.Load(x1 + k);
            var v2 = Vector256.Load(x2 + k);
            var w = TElement.Load(weight + at);
            a00 = Lanes.Fma(w, v0, a00);
            a01 = Lanes.Fma(w, v1, a01);
            a02 = Lanes.Fma(w, v2, a02);
            w = TElement.Load(w1 + at);
            a10 = Lanes.Fma(w, v0, a10);
            a11 = Lanes.Fma(w, v1, a11);
            a12 = Lanes.Fma(w, v2, a12);
            w = TElement.Load(w2 + at);
            a20 = Lanes.Fma(w, v0, a20);
            a21 = Lanes.Fma(w, v1, a21);
            a22 = Lanes.Fma(w, v2, a22);
            w = TElement.Load(w3 + at);
            a30 = Lanes.Fma(w, v0, a30);
            a31 = Lanes.Fma(w, v1, a31);
            a32 = Lanes.Fma(w, v2, a32);
        }

        output[0] = Lanes.Fold(a00);
        output[1] = Lanes.Fold(a10);
        output[2] = Lanes.Fold(a20);
        output[3] = Lanes.Fold(a30);
        output += outputStride;
        output[0] = Lanes.Fold(a01);
        output[1] = Lanes.Fold(a11);
        output[2] = Lanes.Fold(a21);
        output[3] = Lanes.Fold(a31);
        output += outputStride;
        output[0] = Lanes.Fold(a02);
        output[1] = Lanes.Fold(a12);
        output[2] = Lanes.Fold(a22);
        output[3] = Lanes.Fold(a32);
    }

    /// <summary>4 rows × 1 token: 4 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4Tokens1(byte* weight, long rowByteCount, float* input, int inputStride, int columns, float* output, long outputStride)
    {
        var w1 = weight + rowByteCount;
        var w2 = w1 + rowByteCount;
        var w3 = w2 + rowByteCount;
        Vector256<float> a00 = default, a10 = default, a20 = default, a30 = default;
        for (nint k = 0, at = 0; k < columns; k += Lanes.Count, at += Lanes.Count * TElement.Size)
        {
            var v0 = Vector256.Load(input + k);
            var w = TElement.Load(weight + at);
            a00 = Lanes.Fma(w, v0, a00);
            w = TElement.Load(w1 + at);
            a10 = Lanes.Fma(w, v0, a10);
            w = TElement.Load(w2 + at);
            a20 = Lanes.Fma(w, v0, a20);
            w = TElement.Load(w3 + at);
            a30 = Lanes.Fma(w, v0, a30);
        }

        output[0] = Lanes.Fold(a00);
        output[1] = Lanes.Fold(a10);
        output[2] = Lanes.Fold(a20);
        output[3] = Lanes.Fold(a30);
    }

    /// <summary>1 row × 3 tokens: 3 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1Tokens3(byte* weight, long rowByteCount, float* input, int inputStride, int columns, float* output, long outputStride)
    {
        var x1 = input + inputStride;
        var x2 = x1 + inputStride;
        Vector256<float> a00 = default, a01 = default, a02 = default;
        for (nint k = 0, at = 0; k < columns; k += Lanes.Count, at += Lanes.Count * TElement.Size)
        {
            var v0 = Vector256.Load(input + k);
            var v1 = Vector256.Load(x1 + k);
            var v2 = Vector256.Load(x2 + k);
            var w = TElement.Load(weight + at);
            a00 = Lanes.Fma(w, v0, a00);
            a01 = Lanes.Fma(w, v1, a01);
            a02 = Lanes.Fma(w, v2, a02);
        }

        output[0] = Lanes.Fold(a00);
        output += outputStride;
        output[0] = Lanes.Fold(a01);
        output += outputStride;
        output[0] = Lanes.Fold(a02);
    }

    /// <summary>1 row × 1 token: 1 accumulator.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1Tokens1(byte* weight, long rowByteCount, float* input, int inputStride, int columns, float* output, long outputStride)
    {
        Vector256<float> a00 = default;
        for (nint k = 0, at = 0; k < columns; k += Lanes.Count, at += Lanes.Count * TElement.Size)
        {
            var v0 = Vector256.Load(input + k);
            var w = TElement.Load(weight + at);
            a00 = Lanes.Fma(w, v0, a00);
        }

        output[0] = Lanes.Fold(a00);
    }

    /// <summary>Asks for a cache line; one beyond the mapping is no fault.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }

    /// <summary>
    /// Columns that eight doesn't divide: one output at a time. The tiles above hold no call, not even for a rest, because the compiler would
    /// keep their accumulators in memory then, at a third of the speed.
    /// </summary>
    private static void Ragged(byte* weight, long rowByteCount, int rows, float* input, int inputStride, int tokens, int columns, float* output, long outputStride)
    {
        var whole = columns & ~(Lanes.Count - 1);
        for (var token = 0; token < tokens; token++, input += inputStride, output += outputStride)
        {
            for (var row = 0; row < rows; row++)
            {
                var from = weight + row * rowByteCount;
                var sum = Vector256<float>.Zero;
                for (var k = 0; k < whole; k += Lanes.Count) sum = Lanes.Fma(TElement.Load(from + (long)k * TElement.Size), Vector256.Load(input + k), sum);
                sum = Lanes.Fma(LoadPartial(from + (long)whole * TElement.Size, columns - whole), Lanes.LoadPartial(input + whole, columns - whole), sum);
                output[row] = Lanes.Fold(sum);
            }
        }
    }

    /// <summary>Fewer than eight elements, zeros behind them; reads nothing beyond the row.</summary>
    private static Vector256<float> LoadPartial(byte* source, int count)
    {
        var lanes = stackalloc float[Lanes.Count];
        for (var i = 0; i < Lanes.Count; i++) lanes[i] = i < count ? TElement.LoadOne(source + i * TElement.Size) : 0f;
        return Vector256.Load(lanes);
    }
}
