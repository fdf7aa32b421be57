using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>
/// Products of a whole quad with one to eight tokens in registers of 512 bits, a row of a pair in each half, in the order of <see cref="Lanes"/>: the bits are those of the BF16 rows.
/// A step with patches has its words laid down, put right and taken up again.
/// </summary>
/// <remarks>steps: the quad's; input: [tokens, columns]; words: [128], scratch; output: [tokens, 4 rows].</remarks>
internal static unsafe class WideTwelveBitTiles
{
    /// <summary>Most tokens of a tile.</summary>
    public const int MostTokens = 8;

    /// <summary>output[token, row] = weights · input.</summary>
    /// <param name="quad">One that is packed.</param>
    /// <param name="first">Its first step.</param>
    /// <param name="tokens">1, 2, 4 or 8.</param>
    public static void Multiply(byte* quad, byte* first, int steps, float* input, nint inputStride, int tokens, ushort* words, float* output)
    {
        switch (tokens)
        {
            case 8: Tokens8(quad, first, steps, input, inputStride, words, output); break;
            case 4: Tokens4(quad, first, steps, input, inputStride, words, output); break;
            case 2: Tokens2(quad, first, steps, input, inputStride, words, output); break;
            default: Tokens1(quad, first, steps, input, words, output); break;
        }
    }

    /// <summary>4 rows × 1 token: 2 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens1(byte* quad, byte* at, int steps, float* input, ushort* words, float* output)
    {
        var named = Four(Vector128.Load(quad));
        var patch = TwelveBits.Patches(quad);
        Vector512<float> a0 = default, b0 = default;
        for (var step = 0; step < steps; step++, at += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            Weave(at, named, step, words, ref patch, out var w0, out var w1, out var w2, out var w3);
            Add(w0, input, ref a0, ref b0);
            Add(w1, input + 8, ref a0, ref b0);
            Add(w2, input + 16, ref a0, ref b0);
            Add(w3, input + 24, ref a0, ref b0);
        }

        Fold(a0, b0, output);
    }

    /// <summary>4 rows × 2 tokens: 4 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens2(byte* quad, byte* at, int steps, float* input, nint inputStride, ushort* words, float* output)
    {
        var named = Four(Vector128.Load(quad));
        var patch = TwelveBits.Patches(quad);
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default;
        for (var step = 0; step < steps; step++, at += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            Weave(at, named, step, words, ref patch, out var w0, out var w1, out var w2, out var w3);
            Add(w0, input, ref a0, ref b0);
            Add(w0, input + inputStride, ref a1, ref b1);
            Add(w1, input + 8, ref a0, ref b0);
            Add(w1, input + inputStride + 8, ref a1, ref b1);
            Add(w2, input + 16, ref a0, ref b0);
            Add(w2, input + inputStride + 16, ref a1, ref b1);
            Add(w3, input + 24, ref a0, ref b0);
            Add(w3, input + inputStride + 24, ref a1, ref b1);
        }

        Fold(a0, b0, output);
        Fold(a1, b1, output + TwelveBits.Rows);
    }

    /// <summary>4 rows × 4 tokens: 8 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens4(byte* quad, byte* at, int steps, float* input, nint inputStride, ushort* words, float* output)
    {
        var named = Four(Vector128.Load(quad));
        var patch = TwelveBits.Patches(quad);
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
        var (stride2, stride3) = (2 * inputStride, 3 * inputStride);
        for (var step = 0; step < steps; step++, at += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            Weave(at, named, step, words, ref patch, out var w0, out var w1, out var w2, out var w3);
            Add(w0, input, ref a0, ref b0);
            Add(w0, input + inputStride, ref a1, ref b1);
            Add(w0, input + stride2, ref a2, ref b2);
            Add(w0, input + stride3, ref a3, ref b3);
            Add(w1, input + 8, ref a0, ref b0);
            Add(w1, input + inputStride + 8, ref a1, ref b1);
            Add(w1, input + stride2 + 8, ref a2, ref b2);
            Add(w1, input + stride3 + 8, ref a3, ref b3);
            Add(w2, input + 16, ref a0, ref b0);
            Add(w2, input + inputStride + 16, ref a1, ref b1);
            Add(w2, input + stride2 + 16, ref a2, ref b2);
            Add(w2, input + stride3 + 16, ref a3, ref b3);
            Add(w3, input + 24, ref a0, ref b0);
            Add(w3, input + inputStride + 24, ref a1, ref b1);
            Add(w3, input + stride2 + 24, ref a2, ref b2);
            Add(w3, input + stride3 + 24, ref a3, ref b3);
        }

        Fold(a0, b0, output);
        Fold(a1, b1, output + TwelveBits.Rows);
        Fold(a2, b2, output + 2 * TwelveBits.Rows);
        Fold(a3, b3, output + 3 * TwelveBits.Rows);
    }

    /// <summary>4 rows × 8 tokens: 16 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens8(byte* quad, byte* at, int steps, float* input, nint inputStride, ushort* words, float* output)
    {
        var named = Four(Vector128.Load(quad));
        var patch = TwelveBits.Patches(quad);
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
        Vector512<float> a4 = default, b4 = default, a5 = default, b5 = default, a6 = default, b6 = default, a7 = default, b7 = default;
        var (stride2, stride3) = (2 * inputStride, 3 * inputStride);
        var input4 = input + 4 * inputStride;
        for (var step = 0; step < steps; step++, at += TwelveBits.StepByteCount, input += TwelveBits.StepColumns, input4 += TwelveBits.StepColumns)
        {
            Weave(at, named, step, words, ref patch, out var w0, out var w1, out var w2, out var w3);
            Add(w0, input, ref a0, ref b0);
            Add(w0, input + inputStride, ref a1, ref b1);
            Add(w0, input + stride2, ref a2, ref b2);
            Add(w0, input + stride3, ref a3, ref b3);
            Add(w0, input4, ref a4, ref b4);
            Add(w0, input4 + inputStride, ref a5, ref b5);
            Add(w0, input4 + stride2, ref a6, ref b6);
            Add(w0, input4 + stride3, ref a7, ref b7);
            Add(w1, input + 8, ref a0, ref b0);
            Add(w1, input + inputStride + 8, ref a1, ref b1);
            Add(w1, input + stride2 + 8, ref a2, ref b2);
            Add(w1, input + stride3 + 8, ref a3, ref b3);
            Add(w1, input4 + 8, ref a4, ref b4);
            Add(w1, input4 + inputStride + 8, ref a5, ref b5);
            Add(w1, input4 + stride2 + 8, ref a6, ref b6);
            Add(w1, input4 + stride3 + 8, ref a7, ref b7);
            Add(w2, input + 16, ref a0, ref b0);
            Add(w2, input + inputStride + 16, ref a1, ref b1);
            Add(w2, input + stride2 + 16, ref a2, ref b2);
            Add(w2, input + stride3 + 16, ref a3, ref b3);
            Add(w2, input4 + 16, ref a4, ref b4);
            Add(w2, input4 + inputStride + 16, ref a5, ref b5);
            Add(w2, input4 + stride2 + 16, ref a6, ref b6);
            Add(w2, input4 + stride3 + 16, ref a7, ref b7);
            Add(w3, input + 24, ref a0, ref b0);
            Add(w3, input + inputStride + 24, ref a1, ref b1);
            Add(w3, input + stride2 + 24, ref a2, ref b2);
            Add(w3, input + stride3 + 24, ref a3, ref b3);
            Add(w3, input4 + 24, ref a4, ref b4);
            Add(w3, input4 + inputStride + 24, ref a5, ref b5);
            Add(w3, input4 + stride2 + 24, ref a6, ref b6);
            Add(w3, input4 + stride3 + 24, ref a7, ref b7);
        }

        Fold(a0, b0, output);
        Fold(a1, b1, output + TwelveBits.Rows);
        Fold(a2, b2, output + 2 * TwelveBits.Rows);
        Fold(a3, b3, output + 3 * TwelveBits.Rows);
        Fold(a4, b4, output + 4 * TwelveBits.Rows);
        Fold(a5, b5, output + 5 * TwelveBits.Rows);
        Fold(a6, b6, output + 6 * TwelveBits.Rows);
        Fold(a7, b7, output + 7 * TwelveBits.Rows);
    }

    /// <summary>A step's words, its patches put in: eight columns of all four rows each.</summary>
    /// <param name="at">Where the step lies.</param>
    /// <param name="patch">The next one of the quad; moved on.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weave(
        byte* at, Vector512<byte> named, int step, ushort* words, ref TwelveBitPatch* patch, out Vector512<uint> w0, out Vector512<uint> w1, out Vector512<uint> w2, out Vector512<uint> w3)
    {
        TwelveBits.Prefetch(at);
        var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector512.Load(at)));
        (w0, w1) = (TwelveBitWords.FirstEight(at + TwelveBits.FirstBlock, upper), TwelveBitWords.SecondEight(at + TwelveBits.FirstBlock, upper));
        upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector512.Load(at)));
        (w2, w3) = (TwelveBitWords.FirstEight(at + TwelveBits.SecondBlock, upper), TwelveBitWords.SecondEight(at + TwelveBits.SecondBlock, upper));
        if (step != patch->Step) return;

        w0.AsUInt16().Store(words);
        w1.AsUInt16().Store(words + 32);
        w2.AsUInt16().Store(words + 64);
        w3.AsUInt16().Store(words + 96);
        for (; patch->Step == step; patch++) words[patch->Index] = patch->Weight;
        (w0, w1, w2, w3) = (Load(words), Load(words + 32), Load(words + 64), Load(words + 96));
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
    private static void Fold(Vector512<float> first, Vector512<float> second, float* output) =>
        Lanes.Fold(first.GetLower(), first.GetUpper(), second.GetLower(), second.GetUpper()).Store(output);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Load(ushort* words) => Vector512.Load(words).AsUInt32();

    /// <summary>The table in each 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Four(Vector128<byte> table) => Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table));
}
