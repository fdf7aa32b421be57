using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>Tiles of 4 tokens by two groups: what is loaded of an input is multiplied twice.</summary>
internal static unsafe partial class ByteTiles<TFormat, TRegister>
{
    /// <summary>As <see cref="Accumulate"/> for two groups and whole tiles of tokens; the number of tokens done.</summary>
    public static int AccumulateTwo(byte* group, byte* second, int blocks, in ByteInput input, int tokens, float* sums, float* secondSums)
    {
        var token = 0;
        for (; token + 4 <= tokens; token += 4)
            Two4(group, second, blocks, input.From(token, 0), sums + token * PackedGroup.Rows, secondSums + token * PackedGroup.Rows);
        return token;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two4(byte* group, byte* second, int blocks, in ByteInput input, float* sums, float* secondSums)
    {
        nint stride = input.Stride;
        var x0 = input.Data;
        var x1 = x0 + stride;
        var x2 = x1 + stride;
        var x3 = x2 + stride;
        var s0 = TRegister.Load(sums);
        var s1 = TRegister.Load(sums + PackedGroup.Rows);
        var s2 = TRegister.Load(sums + 2 * PackedGroup.Rows);
        var s3 = TRegister.Load(sums + 3 * PackedGroup.Rows);
        var z0 = TRegister.Load(secondSums);
        var z1 = TRegister.Load(secondSums + PackedGroup.Rows);
        var z2 = TRegister.Load(secondSums + 2 * PackedGroup.Rows);
        var z3 = TRegister.Load(secondSums + 3 * PackedGroup.Rows);
        for (var block = 0; block < blocks; block++)
        {
            var weights = TFormat.Block(group, block);
            var others = TFormat.Block(second, block);
            var a0 = Start(x0);
            var a1 = Start(x1);
            var a2 = Start(x2);
            var a3 = Start(x3);
            var b0 = a0;
            var b1 = a1;
            var b2 = a2;
            var b3 = a3;
            for (var eighth = 0; eighth < 4; eighth++)
            {
                TFormat.Eight<TRegister>(weights, eighth, 0, out var first, out var last);
                TFormat.Eight<TRegister>(others, eighth, 0, out var otherFirst, out var otherLast);
                Add(ref a0, ref b0, first, otherFirst, x0 + 4 * eighth);
                Add(ref a1, ref b1, first, otherFirst, x1 + 4 * eighth);
                Add(ref a2, ref b2, first, otherFirst, x2 + 4 * eighth);
                Add(ref a3, ref b3, first, otherFirst, x3 + 4 * eighth);
                Add(ref a0, ref b0, last, otherLast, x0 + 4 * eighth + 16);
                Add(ref a1, ref b1, last, otherLast, x1 + 4 * eighth + 16);
                Add(ref a2, ref b2, last, otherLast, x2 + 4 * eighth + 16);
                Add(ref a3, ref b3, last, otherLast, x3 + 4 * eighth + 16);
            }

            var scale = TFormat.Scale<TRegister>(group, block, 0);
            var minimum = TFormat.NegatedMinimum<TRegister>(group, block, 0);
            var weightSum = TFormat.WeightSum(group, block, 0, scale, minimum, scale);
            s0 = Finish(a0, scale, weightSum, minimum, x0, s0, sums, 1);
            s1 = Finish(a1, scale, weightSum, minimum, x1, s1, sums, 1);
            s2 = Finish(a2, scale, weightSum, minimum, x2, s2, sums, 1);
            s3 = Finish(a3, scale, weightSum, minimum, x3, s3, sums, 1);
            scale = TFormat.Scale<TRegister>(second, block, 0);
            minimum = TFormat.NegatedMinimum<TRegister>(second, block, 0);
            weightSum = TFormat.WeightSum(second, block, 0, scale, minimum, scale);
            z0 = Finish(b0, scale, weightSum, minimum, x0, z0, sums, 1);
            z1 = Finish(b1, scale, weightSum, minimum, x1, z1, sums, 1);
            z2 = Finish(b2, scale, weightSum, minimum, x2, z2, sums, 1);
            z3 = Finish(b3, scale, weightSum, minimum, x3, z3, sums, 1);
            x0 += ByteInput.BlockByteCount;
            x1 += ByteInput.BlockByteCount;
            x2 += ByteInput.BlockByteCount;
            x3 += ByteInput.BlockByteCount;
        }

        TRegister.Store(s0, sums);
        TRegister.Store(s1, sums + PackedGroup.Rows);
        TRegister.Store(s2, sums + 2 * PackedGroup.Rows);
        TRegister.Store(s3, sums + 3 * PackedGroup.Rows);
        TRegister.Store(z0, secondSums);
        TRegister.Store(z1, secondSums + PackedGroup.Rows);
        TRegister.Store(z2, secondSums + 2 * PackedGroup.Rows);
        TRegister.Store(z3, secondSums + 3 * PackedGroup.Rows);
    }

    /// <summary>Adds four columns of every row of two groups with one token's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref TRegister sum, ref TRegister otherSum, TRegister weights, TRegister others, byte* input)
    {
        var four = TRegister.Repeat(input);
        sum = TRegister.AddBytes(sum, weights, four);
        otherSum = TRegister.AddBytes(otherSum, others, four);
    }
}
