using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>Tiles of 1, 2, 4 and 8 tokens.</summary>
internal static unsafe partial class ByteTiles<TFormat, TRegister>
{
    /// <summary>1 token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens1(byte* group, int firstBlock, int blocks, in ByteInput input, float* sums)
    {
        var x0 = input.Data;
        var s0 = TileSums<TRegister>.First(sums, 1);
        for (var block = 0; block < blocks; block++)
        {
            var weights = TFormat.Block(group, firstBlock + block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var a0 = Start(x0);
                var bytes = TRegister.Zero;
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    Prefetch(weights, eighth, firstRow);
                    TFormat.Eight<TRegister>(weights, eighth, firstRow, out var first, out var last);
                    if (TFormat.IsStored) bytes = TRegister.AddShorts(bytes, TRegister.AddShorts(first, last));
                    a0 = Add(a0, first, x0 + 4 * eighth);
                    a0 = Add(a0, last, x0 + 4 * eighth + 16);
                }

                var scale = TFormat.Scale<TRegister>(group, firstBlock + block, firstRow);
                var minimum = TFormat.NegatedMinimum<TRegister>(group, firstBlock + block, firstRow);
                var weightSum = TFormat.WeightSum(group, firstBlock + block, firstRow, scale, minimum, bytes);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, weightSum, minimum, x0, s0, at, 1);
            }

            x0 += ByteInput.BlockByteCount;
        }

        TileSums<TRegister>.Last(s0, sums, 1);
    }

    /// <summary>2 tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens2(byte* group, int firstBlock, int blocks, in ByteInput input, float* sums)
    {
        nint stride = input.Stride;
        var x0 = input.Data;
        var x1 = x0 + stride;
        var s0 = TileSums<TRegister>.First(sums, 2);
        var s1 = TileSums<TRegister>.First(sums + PackedGroup.Rows, 2);
        for (var block = 0; block < blocks; block++)
        {
            var weights = TFormat.Block(group, firstBlock + block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var a0 = Start(x0);
                var a1 = Start(x1);
                var bytes = TRegister.Zero;
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    Prefetch(weights, eighth, firstRow);
                    TFormat.Eight<TRegister>(weights, eighth, firstRow, out var first, out var last);
                    if (TFormat.IsStored) bytes = TRegister.AddShorts(bytes, TRegister.AddShorts(first, last));
                    a0 = Add(a0, first, x0 + 4 * eighth);
                    a1 = Add(a1, first, x1 + 4 * eighth);
                    a0 = Add(a0, last, x0 + 4 * eighth + 16);
                    a1 = Add(a1, last, x1 + 4 * eighth + 16);
                }

                var scale = TFormat.Scale<TRegister>(group, firstBlock + block, firstRow);
                var minimum = TFormat.NegatedMinimum<TRegister>(group, firstBlock + block, firstRow);
                var weightSum = TFormat.WeightSum(group, firstBlock + block, firstRow, scale, minimum, bytes);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, weightSum, minimum, x0, s0, at, 2);
                s1 = Finish(a1, scale, weightSum, minimum, x1, s1, at + PackedGroup.Rows, 2);
            }

            x0 += ByteInput.BlockByteCount;
            x1 += ByteInput.BlockByteCount;
        }

        TileSums<TRegister>.Last(s0, sums, 2);
        TileSums<TRegister>.Last(s1, sums + PackedGroup.Rows, 2);
    }

    /// <summary>4 tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens4(byte* group, int firstBlock, int blocks, in ByteInput input, float* sums)
    {
        nint stride = input.Stride;
        var x0 = input.Data;
        var x1 = x0 + stride;
        var x2 = x1 + stride;
        var x3 = x2 + stride;
        var s0 = TileSums<TRegister>.First(sums, 4);
        var s1 = TileSums<TRegister>.First(sums + PackedGroup.Rows, 4);
        var s2 = TileSums<TRegister>.First(sums + 2 * PackedGroup.Rows, 4);
        var s3 = TileSums<TRegister>.First(sums + 3 * PackedGroup.Rows, 4);
        for (var block = 0; block < blocks; block++)
        {
            var weights = TFormat.Block(group, firstBlock + block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var a0 = Start(x0);
                var a1 = Start(x1);
                var a2 = Start(x2);
                var a3 = Start(x3);
                var bytes = TRegister.Zero;
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    Prefetch(weights, eighth, firstRow);
                    TFormat.Eight<TRegister>(weights, eighth, firstRow, out var first, out var last);
                    if (TFormat.IsStored) bytes = TRegister.AddShorts(bytes, TRegister.AddShorts(first, last));
                    a0 = Add(a0, first, x0 + 4 * eighth);
                    a1 = Add(a1, first, x1 + 4 * eighth);
                    a2 = Add(a2, first, x2 + 4 * eighth);
                    a3 = Add(a3, first, x3 + 4 * eighth);
                    a0 = Add(a0, last, x0 + 4 * eighth + 16);
                    a1 = Add(a1, last, x1 + 4 * eighth + 16);
                    a2 = Add(a2, last, x2 + 4 * eighth + 16);
                    a3 = Add(a3, last, x3 + 4 * eighth + 16);
                }

                var scale = TFormat.Scale<TRegister>(group, firstBlock + block, firstRow);
                var minimum = TFormat.NegatedMinimum<TRegister>(group, firstBlock + block, firstRow);
                var weightSum = TFormat.WeightSum(group, firstBlock + block, firstRow, scale, minimum, bytes);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, weightSum, minimum, x0, s0, at, 4);
                s1 = Finish(a1, scale, weightSum, minimum, x1, s1, at + PackedGroup.Rows, 4);
                s2 = Finish(a2, scale, weightSum, minimum, x2, s2, at + 2 * PackedGroup.Rows, 4);
                s3 = Finish(a3, scale, weightSum, minimum, x3, s3, at + 3 * PackedGroup.Rows, 4);
            }

            x0 += ByteInput.BlockByteCount;
            x1 += ByteInput.BlockByteCount;
            x2 += ByteInput.BlockByteCount;
            x3 += ByteInput.BlockByteCount;
        }

        TileSums<TRegister>.Last(s0, sums, 4);
        TileSums<TRegister>.Last(s1, sums + PackedGroup.Rows, 4);
        TileSums<TRegister>.Last(s2, sums + 2 * PackedGroup.Rows, 4);
        TileSums<TRegister>.Last(s3, sums + 3 * PackedGroup.Rows, 4);
    }

    /// <summary>8 tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens8(byte* group, int firstBlock, int blocks, in ByteInput input, float* sums)
    {
        nint stride = input.Stride;
        var x0 = input.Data;
        var x1 = x0 + stride;
        var x2 = x1 + stride;
        var x3 = x2 + stride;
        var x4 = x3 + stride;
        var x5 = x4 + stride;
        var x6 = x5 + stride;
        var x7 = x6 + stride;
        var s0 = TileSums<TRegister>.First(sums, 8);
        var s1 = TileSums<TRegister>.First(sums + PackedGroup.Rows, 8);
        var s2 = TileSums<TRegister>.First(sums + 2 * PackedGroup.Rows, 8);
        var s3 = TileSums<TRegister>.First(sums + 3 * PackedGroup.Rows, 8);
        var s4 = TileSums<TRegister>.First(sums + 4 * PackedGroup.Rows, 8);
        var s5 = TileSums<TRegister>.First(sums + 5 * PackedGroup.Rows, 8);
        var s6 = TileSums<TRegister>.First(sums + 6 * PackedGroup.Rows, 8);
        var s7 = TileSums<TRegister>.First(sums + 7 * PackedGroup.Rows, 8);
        for (var block = 0; block < blocks; block++)
        {
            var weights = TFormat.Block(group, firstBlock + block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var a0 = Start(x0);
                var a1 = Start(x1);
                var a2 = Start(x2);
                var a3 = Start(x3);
                var a4 = Start(x4);
                var a5 = Start(x5);
                var a6 = Start(x6);
                var a7 = Start(x7);
                var bytes = TRegister.Zero;
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    Prefetch(weights, eighth, firstRow);
                    TFormat.Eight<TRegister>(weights, eighth, firstRow, out var first, out var last);
                    if (TFormat.IsStored) bytes = TRegister.AddShorts(bytes, TRegister.AddShorts(first, last));
                    a0 = Add(a0, first, x0 + 4 * eighth);
                    a1 = Add(a1, first, x1 + 4 * eighth);
                    a2 = Add(a2, first, x2 + 4 * eighth);
                    a3 = Add(a3, first, x3 + 4 * eighth);
                    a4 = Add(a4, first, x4 + 4 * eighth);
                    a5 = Add(a5, first, x5 + 4 * eighth);
                    a6 = Add(a6, first, x6 + 4 * eighth);
                    a7 = Add(a7, first, x7 + 4 * eighth);
                    a0 = Add(a0, last, x0 + 4 * eighth + 16);
                    a1 = Add(a1, last, x1 + 4 * eighth + 16);
                    a2 = Add(a2, last, x2 + 4 * eighth + 16);
                    a3 = Add(a3, last, x3 + 4 * eighth + 16);
                    a4 = Add(a4, last, x4 + 4 * eighth + 16);
                    a5 = Add(a5, last, x5 + 4 * eighth + 16);
                    a6 = Add(a6, last, x6 + 4 * eighth + 16);
                    a7 = Add(a7, last, x7 + 4 * eighth + 16);
                }

                var scale = TFormat.Scale<TRegister>(group, firstBlock + block, firstRow);
                var minimum = TFormat.NegatedMinimum<TRegister>(group, firstBlock + block, firstRow);
                var weightSum = TFormat.WeightSum(group, firstBlock + block, firstRow, scale, minimum, bytes);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, weightSum, minimum, x0, s0, at, 8);
                s1 = Finish(a1, scale, weightSum, minimum, x1, s1, at + PackedGroup.Rows, 8);
                s2 = Finish(a2, scale, weightSum, minimum, x2, s2, at + 2 * PackedGroup.Rows, 8);
                s3 = Finish(a3, scale, weightSum, minimum, x3, s3, at + 3 * PackedGroup.Rows, 8);
                s4 = Finish(a4, scale, weightSum, minimum, x4, s4, at + 4 * PackedGroup.Rows, 8);
                s5 = Finish(a5, scale, weightSum, minimum, x5, s5, at + 5 * PackedGroup.Rows, 8);
                s6 = Finish(a6, scale, weightSum, minimum, x6, s6, at + 6 * PackedGroup.Rows, 8);
                s7 = Finish(a7, scale, weightSum, minimum, x7, s7, at + 7 * PackedGroup.Rows, 8);
            }

            x0 += ByteInput.BlockByteCount;
            x1 += ByteInput.BlockByteCount;
            x2 += ByteInput.BlockByteCount;
            x3 += ByteInput.BlockByteCount;
            x4 += ByteInput.BlockByteCount;
            x5 += ByteInput.BlockByteCount;
            x6 += ByteInput.BlockByteCount;
            x7 += ByteInput.BlockByteCount;
        }

        TileSums<TRegister>.Last(s0, sums, 8);
        TileSums<TRegister>.Last(s1, sums + PackedGroup.Rows, 8);
        TileSums<TRegister>.Last(s2, sums + 2 * PackedGroup.Rows, 8);
        TileSums<TRegister>.Last(s3, sums + 3 * PackedGroup.Rows, 8);
        TileSums<TRegister>.Last(s4, sums + 4 * PackedGroup.Rows, 8);
        TileSums<TRegister>.Last(s5, sums + 5 * PackedGroup.Rows, 8);
        TileSums<TRegister>.Last(s6, sums + 6 * PackedGroup.Rows, 8);
        TileSums<TRegister>.Last(s7, sums + 7 * PackedGroup.Rows, 8);
    }
}
