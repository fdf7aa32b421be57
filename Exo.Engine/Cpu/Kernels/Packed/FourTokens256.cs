using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// <see cref="PackedTiles{TFormat,TRegister}"/> by four tokens with AVX2, a block's sixteen pairs of columns written out: eight sums, two registers of weights and the
/// input's pair fill the sixteen registers. A loop over the pairs costs more than it saves, and wrapped registers are too many for the compiler to inline.
/// </summary>
internal static unsafe class FourTokens256<TFormat>
    where TFormat : struct, IPackedFormat
{
    /// <inheritdoc cref="PackedTiles{TFormat,TRegister}.Accumulate"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(byte* group, int firstBlock, int blocks, in RoundedInput input, float* sums)
    {
        var scales = input.Scales;
        var products = input.Sums;
        nint stride = input.BlockStride;
        var x0 = input.Quants;
        var x1 = x0 + input.Stride;
        var x2 = x1 + input.Stride;
        var x3 = x2 + input.Stride;
        var shared = stackalloc float[PackedGroup.SharedCount];
        for (var block = 0; block < blocks; block++)
        {
            PackedTiles<TFormat, Register256>.Prepare(group, firstBlock + block, shared);
            var weights = TFormat.Block(group, firstBlock + block);
            var a0 = Vector256<int>.Zero;
            var a1 = Vector256<int>.Zero;
            var a2 = Vector256<int>.Zero;
            var a3 = Vector256<int>.Zero;
            var (b0, b1, b2, b3) = (a0, a1, a2, a3);
            Prefetch(weights);
            Register256 pair;
            pair = TFormat.Pair<Register256>(weights, 0, 0, 0);
            Add(pair, x0, ref a0, ref b0);
            Add(pair, x1, ref a1, ref b1);
            Add(pair, x2, ref a2, ref b2);
            Add(pair, x3, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 0, 1, 0);
            Add(pair, x0 + 2, ref a0, ref b0);
            Add(pair, x1 + 2, ref a1, ref b1);
            Add(pair, x2 + 2, ref a2, ref b2);
            Add(pair, x3 + 2, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 0, 2, 0);
            Add(pair, x0 + 4, ref a0, ref b0);
            Add(pair, x1 + 4, ref a1, ref b1);
            Add(pair, x2 + 4, ref a2, ref b2);
            Add(pair, x3 + 4, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 0, 3, 0);
            Add(pair, x0 + 6, ref a0, ref b0);
            Add(pair, x1 + 6, ref a1, ref b1);
            Add(pair, x2 + 6, ref a2, ref b2);
            Add(pair, x3 + 6, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 1, 0, 0);
            Add(pair, x0 + 8, ref a0, ref b0);
            Add(pair, x1 + 8, ref a1, ref b1);
            Add(pair, x2 + 8, ref a2, ref b2);
            Add(pair, x3 + 8, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 1, 1, 0);
            Add(pair, x0 + 10, ref a0, ref b0);
            Add(pair, x1 + 10, ref a1, ref b1);
            Add(pair, x2 + 10, ref a2, ref b2);
            Add(pair, x3 + 10, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 1, 2, 0);
            Add(pair, x0 + 12, ref a0, ref b0);
            Add(pair, x1 + 12, ref a1, ref b1);
            Add(pair, x2 + 12, ref a2, ref b2);
            Add(pair, x3 + 12, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 1, 3, 0);
            Add(pair, x0 + 14, ref a0, ref b0);
            Add(pair, x1 + 14, ref a1, ref b1);
            Add(pair, x2 + 14, ref a2, ref b2);
            Add(pair, x3 + 14, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 2, 0, 0);
            Add(pair, x0 + 16, ref a0, ref b0);
            Add(pair, x1 + 16, ref a1, ref b1);
            Add(pair, x2 + 16, ref a2, ref b2);
            Add(pair, x3 + 16, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 2, 1, 0);
            Add(pair, x0 + 18, ref a0, ref b0);
            Add(pair, x1 + 18, ref a1, ref b1);
            Add(pair, x2 + 18, ref a2, ref b2);
            Add(pair, x3 + 18, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 2, 2, 0);
            Add(pair, x0 + 20, ref a0, ref b0);
            Add(pair, x1 + 20, ref a1, ref b1);
            Add(pair, x2 + 20, ref a2, ref b2);
            Add(pair, x3 + 20, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 2, 3, 0);
            Add(pair, x0 + 22, ref a0, ref b0);
            Add(pair, x1 + 22, ref a1, ref b1);
            Add(pair, x2 + 22, ref a2, ref b2);
            Add(pair, x3 + 22, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 3, 0, 0);
            Add(pair, x0 + 24, ref a0, ref b0);
            Add(pair, x1 + 24, ref a1, ref b1);
            Add(pair, x2 + 24, ref a2, ref b2);
            Add(pair, x3 + 24, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 3, 1, 0);
            Add(pair, x0 + 26, ref a0, ref b0);
            Add(pair, x1 + 26, ref a1, ref b1);
            Add(pair, x2 + 26, ref a2, ref b2);
            Add(pair, x3 + 26, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 3, 2, 0);
            Add(pair, x0 + 28, ref a0, ref b0);
            Add(pair, x1 + 28, ref a1, ref b1);
            Add(pair, x2 + 28, ref a2, ref b2);
            Add(pair, x3 + 28, ref a3, ref b3);
            pair = TFormat.Pair<Register256>(weights, 3, 3, 0);
            Add(pair, x0 + 30, ref a0, ref b0);
            Add(pair, x1 + 30, ref a1, ref b1);
            Add(pair, x2 + 30, ref a2, ref b2);
            Add(pair, x3 + 30, ref a3, ref b3);
            var scale = TFormat.Scale<Register256>(shared, weights, 0);
            var minimum = TFormat.NegatedMinimum<Register256>(shared, weights, 0);
            Finish(a0, b0, scale, scales, minimum, products, sums);
            Finish(a1, b1, scale, scales + stride, minimum, products + stride, sums + PackedGroup.Rows);
            Finish(a2, b2, scale, scales + 2 * stride, minimum, products + 2 * stride, sums + 2 * PackedGroup.Rows);
            Finish(a3, b3, scale, scales + 3 * stride, minimum, products + 3 * stride, sums + 3 * PackedGroup.Rows);
            x0 += PackedGroup.BlockColumns;
            x1 += PackedGroup.BlockColumns;
            x2 += PackedGroup.BlockColumns;
            x3 += PackedGroup.BlockColumns;
            scales++;
            products++;
        }
    }

    /// <summary>Two columns of sixteen rows with one token's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Register256 weights, short* input, ref Vector256<int> a, ref Vector256<int> b)
    {
        var two = Vector256.Create(*(int*)input).AsInt16();
        a += Avx2.MultiplyAddAdjacent(weights.Low.AsInt16(), two);
        b += Avx2.MultiplyAddAdjacent(weights.High.AsInt16(), two);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(Vector256<int> a, Vector256<int> b, Register256 scale, float* inputScale, Register256 negatedMinimum, float* inputSum, float* at)
    {
        var factor = Vector256.Create(*inputScale);
        var first = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(a), scale.Low.AsSingle() * factor, Vector256.Load(at));
        var second = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(b), scale.High.AsSingle() * factor, Vector256.Load(at + 8));
        if (TFormat.HasMinimum)
        {
            var total = Vector256.Create(*inputSum);
            first = Vector256.FusedMultiplyAdd(negatedMinimum.Low.AsSingle(), total, first);
            second = Vector256.FusedMultiplyAdd(negatedMinimum.High.AsSingle(), total, second);
        }

        first.Store(at);
        second.Store(at + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* block)
    {
        if (!TFormat.IsStored) return;
        for (var line = 0; line < 4 * TFormat.EightByteCount; line += 64) Sse.Prefetch0(block + PackedGroup.AheadByteCount + line);
    }
}
