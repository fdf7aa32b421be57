using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// output[token, row] = Σ weight[row, k] · input[token, k] over small tiles held in registers. Weights are row-major, as safetensors and GGUF store them, so
/// nothing is repacked and the mapped file is the only copy. Every tile shape sums each output in the order of <see cref="Lanes"/>, so
/// which tile computes an output never shows in its bits. The tiles are compiled at full strength at once: the first token waits for them.
/// <para>
/// A tile's rows are not neighbours: the rows are cut into as many streams as a tile has rows, and it takes one of each. Every stream then runs through
/// memory front to back across the ends of its rows, which the processor foresees by itself; rows side by side are streams too short for that.
/// </para>
/// </summary>
internal static unsafe partial class DotTiles<TElement>
    where TElement : struct, IElement
{
    /// <summary>A cache line of elements of two bytes.</summary>
    private const int LineColumns = 4 * Lanes.Count;

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

        var quarter = rows / 4;
        for (var row = 0; row < quarter; row++)
            FourRows(weight + row * rowByteCount, quarter * rowByteCount, input, inputStride, tokens, columns, output + row, quarter, outputStride);
        for (var row = 4 * quarter; row < rows; row++)
            for (var token = 0; token < tokens; token++)
                Rows1Tokens1(weight + row * rowByteCount, input + (long)token * inputStride, columns, output + row + token * outputStride);
    }

    /// <summary>As many tokens at a time as registers hold sums for, and never one where two pairs do: a tile of one leaves the arithmetic idle.</summary>
    private static void FourRows(byte* weight, long streamByteCount, float* input, int inputStride, int tokens, int columns, float* output, long streamRows, long outputStride)
    {
        while (tokens > 0)
        {
            var taken = PanelTiles.IsWide ? tokens switch
            {
                8 or > 9 => 8,
                4 or > 5 => 4,
                5 => 3,
                _ => tokens,
            }
            : tokens is 1 ? 1 : tokens is 2 or 4 ? 2 : 3;
            switch (taken)
            {
                case 8: Rows4Tokens8(weight, streamByteCount, input, inputStride, columns, output, streamRows, outputStride); break;
                case 4: Rows4Tokens4(weight, streamByteCount, input, inputStride, columns, output, streamRows, outputStride); break;
                case 3: Rows4Tokens3(weight, streamByteCount, input, inputStride, columns, output, streamRows, outputStride); break;
                case 2: Rows4Tokens2(weight, streamByteCount, input, inputStride, columns, output, streamRows, outputStride); break;
                default: Rows4Tokens1(weight, streamByteCount, input, columns, output, streamRows); break;
            }

            tokens -= taken;
            input += (long)taken * inputStride;
            output += taken * outputStride;
        }
    }

    /// <summary>4 rows × 3 tokens: 12 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4Tokens3(byte* weight, long streamByteCount, float* input, int inputStride, int columns, float* output, long streamRows, long outputStride)
    {
        var w1 = weight + streamByteCount;
        var w2 = w1 + streamByteCount;
        var w3 = w2 + streamByteCount;
        var x1 = input + inputStride;
        var x2 = x1 + inputStride;
        Vector256<float> a00 = default, a01 = default, a02 = default, a10 = default, a11 = default, a12 = default;
        Vector256<float> a20 = default, a21 = default, a22 = default, a30 = default, a31 = default, a32 = default;
        for (nint k = 0, at = 0; k < columns; k += Lanes.Count, at += Lanes.Count * TElement.Size)
        {
            var v0 = Vector256.Load(input + k);
            var v1 = Vector256.Load(x1 + k);
            var v2 = Vector256.Load(x2 + k);
            var w = TElement.Load(weight + at, 0);
            a00 = Lanes.Fma(w, v0, a00);
            a01 = Lanes.Fma(w, v1, a01);
            a02 = Lanes.Fma(w, v2, a02);
            w = TElement.Load(w1 + at, 1);
            a10 = Lanes.Fma(w, v0, a10);
            a11 = Lanes.Fma(w, v1, a11);
            a12 = Lanes.Fma(w, v2, a12);
            w = TElement.Load(w2 + at, 2);
            a20 = Lanes.Fma(w, v0, a20);
            a21 = Lanes.Fma(w, v1, a21);
            a22 = Lanes.Fma(w, v2, a22);
            w = TElement.Load(w3 + at, 3);
            a30 = Lanes.Fma(w, v0, a30);
            a31 = Lanes.Fma(w, v1, a31);
            a32 = Lanes.Fma(w, v2, a32);
        }

        Lanes.Store(Lanes.Fold(a00, a10, a20, a30), output, streamRows);
        output += outputStride;
        Lanes.Store(Lanes.Fold(a01, a11, a21, a31), output, streamRows);
        output += outputStride;
        Lanes.Store(Lanes.Fold(a02, a12, a22, a32), output, streamRows);
    }

    /// <summary>4 rows × 2 tokens: 8 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4Tokens2(byte* weight, long streamByteCount, float* input, int inputStride, int columns, float* output, long streamRows, long outputStride)
    {
        var w1 = weight + streamByteCount;
        var w2 = w1 + streamByteCount;
        var w3 = w2 + streamByteCount;
        var x1 = input + inputStride;
        Vector256<float> a00 = default, a01 = default, a10 = default, a11 = default, a20 = default, a21 = default;
        Vector256<float> a30 = default, a31 = default;
        for (nint k = 0, at = 0; k < columns; k += Lanes.Count, at += Lanes.Count * TElement.Size)
        {
            var v0 = Vector256.Load(input + k);
            var v1 = Vector256.Load(x1 + k);
            var w = TElement.Load(weight + at);
            a00 = Lanes.Fma(w, v0, a00);
            a01 = Lanes.Fma(w, v1, a01);
            w = TElement.Load(w1 + at);
            a10 = Lanes.Fma(w, v0, a10);
            a11 = Lanes.Fma(w, v1, a11);
            w = TElement.Load(w2 + at);
            a20 = Lanes.Fma(w, v0, a20);
            a21 = Lanes.Fma(w, v1, a21);
            w = TElement.Load(w3 + at);
            a30 = Lanes.Fma(w, v0, a30);
            a31 = Lanes.Fma(w, v1, a31);
        }

        Lanes.Store(Lanes.Fold(a00, a10, a20, a30), output, streamRows);
        output += outputStride;
        Lanes.Store(Lanes.Fold(a01, a11, a21, a31), output, streamRows);
    }

    /// <summary>
    /// 4 rows × 1 token: 4 accumulators. Memory is the limit here, so each stream is read a cache line at a time, and there are only four of them: eight, eight columns of each at
    /// a time, are more than the processor foresees.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4Tokens1(byte* weight, long streamByteCount, float* input, int columns, float* output, long streamRows)
    {
        var w1 = weight + streamByteCount;
        var w2 = w1 + streamByteCount;
        var w3 = w2 + streamByteCount;
        Vector256<float> a00 = default, a10 = default, a20 = default, a30 = default;
        nint k = 0, at = 0;
        for (; k <= columns - LineColumns; k += LineColumns, at += LineColumns * TElement.Size)
        {
            var v0 = Vector256.Load(input + k);
            var v1 = Vector256.Load(input + k + Lanes.Count);
            var v2 = Vector256.Load(input + k + 2 * Lanes.Count);
            var v3 = Vector256.Load(input + k + 3 * Lanes.Count);
            a00 = Line(weight + at, v0, v1, v2, v3, a00);
            a10 = Line(w1 + at, v0, v1, v2, v3, a10);
            a20 = Line(w2 + at, v0, v1, v2, v3, a20);
            a30 = Line(w3 + at, v0, v1, v2, v3, a30);
        }

        for (; k < columns; k += Lanes.Count, at += Lanes.Count * TElement.Size)
        {
            var v0 = Vector256.Load(input + k);
            a00 = Lanes.Fma(TElement.Load(weight + at), v0, a00);
            a10 = Lanes.Fma(TElement.Load(w1 + at), v0, a10);
            a20 = Lanes.Fma(TElement.Load(w2 + at), v0, a20);
            a30 = Lanes.Fma(TElement.Load(w3 + at), v0, a30);
        }

        Lanes.Store(Lanes.Fold(a00, a10, a20, a30), output, streamRows);
    }

    /// <summary>Adds the products of a row's next <see cref="LineColumns"/> columns, front to back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Line(byte* weight, Vector256<float> v0, Vector256<float> v1, Vector256<float> v2, Vector256<float> v3, Vector256<float> sum)
    {
        sum = Lanes.Fma(TElement.Load(weight), v0, sum);
        sum = Lanes.Fma(TElement.Load(weight + Lanes.Count * TElement.Size), v1, sum);
        sum = Lanes.Fma(TElement.Load(weight + 2 * Lanes.Count * TElement.Size), v2, sum);
        return Lanes.Fma(TElement.Load(weight + 3 * Lanes.Count * TElement.Size), v3, sum);
    }

    /// <summary>1 row × 1 token: 1 accumulator.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1Tokens1(byte* weight, float* input, int columns, float* output)
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
