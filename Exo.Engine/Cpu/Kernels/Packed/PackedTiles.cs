using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// sums[token, row] += Σ weight[row, k] · input[token, k] of a packed group of sixteen rows. A row is one lane: block by block, front to back, its products are added as
/// integers, exactly, and the float sum takes scale · (integer) by one fused multiply-add, then the minimum's by another. So the order
/// depends on the columns alone, whatever tile or instruction set computes it.
/// </summary>
internal static unsafe class PackedTiles<TFormat, TRegister>
    where TFormat : struct, IPackedFormat
    where TRegister : struct, IRegister<TRegister>
{
    /// <summary>How far ahead of the products weights are asked for: memory answers in about as long as this takes.</summary>
    private const int AheadByteCount = 8192;

    /// <summary>Adds the products of <paramref name="blocks"/> blocks.</summary>
    /// <param name="group">The sixteen rows.</param>
    /// <param name="firstBlock">The group's block that the input begins with.</param>
    /// <param name="sums">[tokens, 16], added to</param>
    public static void Accumulate(byte* group, int firstBlock, int blocks, in RoundedInput input, int tokens, float* sums)
    {
        var token = 0;
        if (TRegister.TileTokens == 8)
            for (; token + 8 <= tokens; token += 8) Tokens8(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        for (; token + 4 <= tokens; token += 4) Tokens4(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        for (; token + 2 <= tokens; token += 2) Tokens2(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        for (; token < tokens; token++) Tokens1(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
    }

    /// <summary>The integer sum of a block begins with what the quants' offset adds too much.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Start(int* totals, nint block) => TFormat.Offset == 0 ? TRegister.Zero : TRegister.Broadcast(-TFormat.Offset * totals[block]);

    /// <summary>Two columns of every row with one token's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Products(TRegister weights, short* input) => TRegister.MultiplyPairs(weights, TRegister.Broadcast(*(int*)input));

    /// <summary>Registers as wide as a group keep the sums between blocks; narrower ones leave them in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister First(float* at) => TRegister.Rows == PackedGroup.Rows ? TRegister.Load(at) : TRegister.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Last(TRegister sum, float* at)
    {
        if (TRegister.Rows == PackedGroup.Rows) TRegister.Store(sum, at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Finish(TRegister integers, TRegister scale, float* inputScales, nint block, TRegister sum, float* at)
    {
        var (value, factor) = (TRegister.ToFloats(integers), TRegister.Multiply(scale, TRegister.Broadcast(inputScales[block])));
        if (TRegister.Rows == PackedGroup.Rows) return TRegister.Fma(value, factor, sum);
        TRegister.Store(TRegister.Fma(value, factor, TRegister.Load(at)), at);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Subtract(TRegister negatedMinimum, float* inputSums, nint block, TRegister sum, float* at)
    {
        var total = TRegister.Broadcast(inputSums[block]);
        if (TRegister.Rows == PackedGroup.Rows) return TRegister.Fma(negatedMinimum, total, sum);
        TRegister.Store(TRegister.Fma(negatedMinimum, total, TRegister.Load(at)), at);
        return sum;
    }

    /// <summary>Asks for the cache lines that come <see cref="AheadByteCount"/> bytes later; beyond the matrix it is no fault.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* group, int block, int eighth, int firstRow)
    {
        if (!Sse.IsSupported || firstRow != 0 || !TFormat.IsStored) return;
        var at = group + TFormat.EightAt(block, eighth) + AheadByteCount;
        for (var line = 0; line < TFormat.EightByteCount; line += 64) Sse.Prefetch0(at + line);
    }

    /// <summary>8 tokens: 8 sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens8(byte* group, int firstBlock, int blocks, in RoundedInput input, float* sums)
    {
        var scales = input.Scales;
        var products = input.Sums;
        var totals = input.Totals;
        nint stride = input.BlockStride;
        var x0 = input.Quants;
        var x1 = x0 + input.Stride;
        var x2 = x1 + input.Stride;
        var x3 = x2 + input.Stride;
        var x4 = x3 + input.Stride;
        var x5 = x4 + input.Stride;
        var x6 = x5 + input.Stride;
        var x7 = x6 + input.Stride;
        var s0 = First(sums);
        var s1 = First(sums + PackedGroup.Rows);
        var s2 = First(sums + 2 * PackedGroup.Rows);
        var s3 = First(sums + 3 * PackedGroup.Rows);
        var s4 = First(sums + 4 * PackedGroup.Rows);
        var s5 = First(sums + 5 * PackedGroup.Rows);
        var s6 = First(sums + 6 * PackedGroup.Rows);
        var s7 = First(sums + 7 * PackedGroup.Rows);
        for (nint block = 0; block < blocks; block++)
        {
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var a0 = Start(totals, block);
                var a1 = Start(totals + stride, block);
                var a2 = Start(totals + 2 * stride, block);
                var a3 = Start(totals + 3 * stride, block);
                var a4 = Start(totals + 4 * stride, block);
                var a5 = Start(totals + 5 * stride, block);
                var a6 = Start(totals + 6 * stride, block);
                var a7 = Start(totals + 7 * stride, block);
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    Prefetch(group, firstBlock + (int)block, eighth, firstRow);
                    var k = block * PackedGroup.BlockColumns + 8 * eighth;
                    TFormat.Eight<TRegister>(group, firstBlock + (int)block, eighth, firstRow, out var p0, out var p1, out var p2, out var p3);
                    var (m00, m01) = (Products(p0, x0 + k), Products(p0, x1 + k));
                    a0 = TRegister.Add(a0, m00);
                    a1 = TRegister.Add(a1, m01);
                    var (m02, m03) = (Products(p0, x2 + k), Products(p0, x3 + k));
                    a2 = TRegister.Add(a2, m02);
                    a3 = TRegister.Add(a3, m03);
                    var (m04, m05) = (Products(p0, x4 + k), Products(p0, x5 + k));
                    a4 = TRegister.Add(a4, m04);
                    a5 = TRegister.Add(a5, m05);
                    var (m06, m07) = (Products(p0, x6 + k), Products(p0, x7 + k));
                    a6 = TRegister.Add(a6, m06);
                    a7 = TRegister.Add(a7, m07);
                    var (m10, m11) = (Products(p1, x0 + k + 2), Products(p1, x1 + k + 2));
                    a0 = TRegister.Add(a0, m10);
                    a1 = TRegister.Add(a1, m11);
                    var (m12, m13) = (Products(p1, x2 + k + 2), Products(p1, x3 + k + 2));
                    a2 = TRegister.Add(a2, m12);
                    a3 = TRegister.Add(a3, m13);
                    var (m14, m15) = (Products(p1, x4 + k + 2), Products(p1, x5 + k + 2));
                    a4 = TRegister.Add(a4, m14);
                    a5 = TRegister.Add(a5, m15);
                    var (m16, m17) = (Products(p1, x6 + k + 2), Products(p1, x7 + k + 2));
                    a6 = TRegister.Add(a6, m16);
                    a7 = TRegister.Add(a7, m17);
                    var (m20, m21) = (Products(p2, x0 + k + 4), Products(p2, x1 + k + 4));
                    a0 = TRegister.Add(a0, m20);
                    a1 = TRegister.Add(a1, m21);
                    var (m22, m23) = (Products(p2, x2 + k + 4), Products(p2, x3 + k + 4));
                    a2 = TRegister.Add(a2, m22);
                    a3 = TRegister.Add(a3, m23);
                    var (m24, m25) = (Products(p2, x4 + k + 4), Products(p2, x5 + k + 4));
                    a4 = TRegister.Add(a4, m24);
                    a5 = TRegister.Add(a5, m25);
                    var (m26, m27) = (Products(p2, x6 + k + 4), Products(p2, x7 + k + 4));
                    a6 = TRegister.Add(a6, m26);
                    a7 = TRegister.Add(a7, m27);
                    var (m30, m31) = (Products(p3, x0 + k + 6), Products(p3, x1 + k + 6));
                    a0 = TRegister.Add(a0, m30);
                    a1 = TRegister.Add(a1, m31);
                    var (m32, m33) = (Products(p3, x2 + k + 6), Products(p3, x3 + k + 6));
                    a2 = TRegister.Add(a2, m32);
                    a3 = TRegister.Add(a3, m33);
                    var (m34, m35) = (Products(p3, x4 + k + 6), Products(p3, x5 + k + 6));
                    a4 = TRegister.Add(a4, m34);
                    a5 = TRegister.Add(a5, m35);
                    var (m36, m37) = (Products(p3, x6 + k + 6), Products(p3, x7 + k + 6));
                    a6 = TRegister.Add(a6, m36);
                    a7 = TRegister.Add(a7, m37);
                }

                var scale = TFormat.Scale<TRegister>(group, firstBlock + (int)block, firstRow);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, scales, block, s0, at);
                s1 = Finish(a1, scale, scales + stride, block, s1, at + PackedGroup.Rows);
                s2 = Finish(a2, scale, scales + 2 * stride, block, s2, at + 2 * PackedGroup.Rows);
                s3 = Finish(a3, scale, scales + 3 * stride, block, s3, at + 3 * PackedGroup.Rows);
                s4 = Finish(a4, scale, scales + 4 * stride, block, s4, at + 4 * PackedGroup.Rows);
                s5 = Finish(a5, scale, scales + 5 * stride, block, s5, at + 5 * PackedGroup.Rows);
                s6 = Finish(a6, scale, scales + 6 * stride, block, s6, at + 6 * PackedGroup.Rows);
                s7 = Finish(a7, scale, scales + 7 * stride, block, s7, at + 7 * PackedGroup.Rows);
                if (!TFormat.HasMinimum) continue;
                var minimum = TFormat.NegatedMinimum<TRegister>(group, firstBlock + (int)block, firstRow);
                s0 = Subtract(minimum, products, block, s0, at);
                s1 = Subtract(minimum, products + stride, block, s1, at + PackedGroup.Rows);
                s2 = Subtract(minimum, products + 2 * stride, block, s2, at + 2 * PackedGroup.Rows);
                s3 = Subtract(minimum, products + 3 * stride, block, s3, at + 3 * PackedGroup.Rows);
                s4 = Subtract(minimum, products + 4 * stride, block, s4, at + 4 * PackedGroup.Rows);
                s5 = Subtract(minimum, products + 5 * stride, block, s5, at + 5 * PackedGroup.Rows);
                s6 = Subtract(minimum, products + 6 * stride, block, s6, at + 6 * PackedGroup.Rows);
                s7 = Subtract(minimum, products + 7 * stride, block, s7, at + 7 * PackedGroup.Rows);
            }
        }

        Last(s0, sums);
        Last(s1, sums + PackedGroup.Rows);
        Last(s2, sums + 2 * PackedGroup.Rows);
        Last(s3, sums + 3 * PackedGroup.Rows);
        Last(s4, sums + 4 * PackedGroup.Rows);
        Last(s5, sums + 5 * PackedGroup.Rows);
        Last(s6, sums + 6 * PackedGroup.Rows);
        Last(s7, sums + 7 * PackedGroup.Rows);
    }

    /// <summary>4 tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens4(byte* group, int firstBlock, int blocks, in RoundedInput input, float* sums)
    {
        var scales = input.Scales;
        var products = input.Sums;
        var totals = input.Totals;
        nint stride = input.BlockStride;
        var x0 = input.Quants;
        var x1 = x0 + input.Stride;
        var x2 = x1 + input.Stride;
        var x3 = x2 + input.Stride;
        var s0 = First(sums);
        var s1 = First(sums + PackedGroup.Rows);
        var s2 = First(sums + 2 * PackedGroup.Rows);
        var s3 = First(sums + 3 * PackedGroup.Rows);
        for (nint block = 0; block < blocks; block++)
        {
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var a0 = Start(totals, block);
                var a1 = Start(totals + stride, block);
                var a2 = Start(totals + 2 * stride, block);
                var a3 = Start(totals + 3 * stride, block);
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    Prefetch(group, firstBlock + (int)block, eighth, firstRow);
                    var k = block * PackedGroup.BlockColumns + 8 * eighth;
                    TFormat.Eight<TRegister>(group, firstBlock + (int)block, eighth, firstRow, out var p0, out var p1, out var p2, out var p3);
                    var (m00, m01) = (Products(p0, x0 + k), Products(p0, x1 + k));
                    a0 = TRegister.Add(a0, m00);
                    a1 = TRegister.Add(a1, m01);
                    var (m02, m03) = (Products(p0, x2 + k), Products(p0, x3 + k));
                    a2 = TRegister.Add(a2, m02);
                    a3 = TRegister.Add(a3, m03);
                    var (m10, m11) = (Products(p1, x0 + k + 2), Products(p1, x1 + k + 2));
                    a0 = TRegister.Add(a0, m10);
                    a1 = TRegister.Add(a1, m11);
                    var (m12, m13) = (Products(p1, x2 + k + 2), Products(p1, x3 + k + 2));
                    a2 = TRegister.Add(a2, m12);
                    a3 = TRegister.Add(a3, m13);
                    var (m20, m21) = (Products(p2, x0 + k + 4), Products(p2, x1 + k + 4));
                    a0 = TRegister.Add(a0, m20);
                    a1 = TRegister.Add(a1, m21);
                    var (m22, m23) = (Products(p2, x2 + k + 4), Products(p2, x3 + k + 4));
                    a2 = TRegister.Add(a2, m22);
                    a3 = TRegister.Add(a3, m23);
                    var (m30, m31) = (Products(p3, x0 + k + 6), Products(p3, x1 + k + 6));
                    a0 = TRegister.Add(a0, m30);
                    a1 = TRegister.Add(a1, m31);
                    var (m32, m33) = (Products(p3, x2 + k + 6), Products(p3, x3 + k + 6));
                    a2 = TRegister.Add(a2, m32);
                    a3 = TRegister.Add(a3, m33);
                }

                var scale = TFormat.Scale<TRegister>(group, firstBlock + (int)block, firstRow);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, scales, block, s0, at);
                s1 = Finish(a1, scale, scales + stride, block, s1, at + PackedGroup.Rows);
                s2 = Finish(a2, scale, scales + 2 * stride, block, s2, at + 2 * PackedGroup.Rows);
                s3 = Finish(a3, scale, scales + 3 * stride, block, s3, at + 3 * PackedGroup.Rows);
                if (!TFormat.HasMinimum) continue;
                var minimum = TFormat.NegatedMinimum<TRegister>(group, firstBlock + (int)block, firstRow);
                s0 = Subtract(minimum, products, block, s0, at);
                s1 = Subtract(minimum, products + stride, block, s1, at + PackedGroup.Rows);
                s2 = Subtract(minimum, products + 2 * stride, block, s2, at + 2 * PackedGroup.Rows);
                s3 = Subtract(minimum, products + 3 * stride, block, s3, at + 3 * PackedGroup.Rows);
            }
        }

        Last(s0, sums);
        Last(s1, sums + PackedGroup.Rows);
        Last(s2, sums + 2 * PackedGroup.Rows);
        Last(s3, sums + 3 * PackedGroup.Rows);
    }

    /// <summary>2 tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens2(byte* group, int firstBlock, int blocks, in RoundedInput input, float* sums)
    {
        var scales = input.Scales;
        var products = input.Sums;
        var totals = input.Totals;
        nint stride = input.BlockStride;
        var x0 = input.Quants;
        var x1 = x0 + input.Stride;
        var s0 = First(sums);
        var s1 = First(sums + PackedGroup.Rows);
        for (nint block = 0; block < blocks; block++)
        {
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                TRegister a0 = Start(totals, block), a1 = Start(totals + stride, block);
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    Prefetch(group, firstBlock + (int)block, eighth, firstRow);
                    var k = block * PackedGroup.BlockColumns + 8 * eighth;
                    TFormat.Eight<TRegister>(group, firstBlock + (int)block, eighth, firstRow, out var p0, out var p1, out var p2, out var p3);
                    var (m00, m01) = (Products(p0, x0 + k), Products(p0, x1 + k));
                    a0 = TRegister.Add(a0, m00);
                    a1 = TRegister.Add(a1, m01);
                    var (m10, m11) = (Products(p1, x0 + k + 2), Products(p1, x1 + k + 2));
                    a0 = TRegister.Add(a0, m10);
                    a1 = TRegister.Add(a1, m11);
                    var (m20, m21) = (Products(p2, x0 + k + 4), Products(p2, x1 + k + 4));
                    a0 = TRegister.Add(a0, m20);
                    a1 = TRegister.Add(a1, m21);
                    var (m30, m31) = (Products(p3, x0 + k + 6), Products(p3, x1 + k + 6));
                    a0 = TRegister.Add(a0, m30);
                    a1 = TRegister.Add(a1, m31);
                }

                var scale = TFormat.Scale<TRegister>(group, firstBlock + (int)block, firstRow);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, scales, block, s0, at);
                s1 = Finish(a1, scale, scales + stride, block, s1, at + PackedGroup.Rows);
                if (!TFormat.HasMinimum) continue;
                var minimum = TFormat.NegatedMinimum<TRegister>(group, firstBlock + (int)block, firstRow);
                s0 = Subtract(minimum, products, block, s0, at);
                s1 = Subtract(minimum, products + stride, block, s1, at + PackedGroup.Rows);
            }
        }

        Last(s0, sums);
        Last(s1, sums + PackedGroup.Rows);
    }

    /// <summary>1 token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens1(byte* group, int firstBlock, int blocks, in RoundedInput input, float* sums)
    {
        var scales = input.Scales;
        var products = input.Sums;
        var totals = input.Totals;
        nint stride = input.BlockStride;
        var x0 = input.Quants;
        var s0 = First(sums);
        for (nint block = 0; block < blocks; block++)
        {
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                TRegister a0 = Start(totals, block);
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    Prefetch(group, firstBlock + (int)block, eighth, firstRow);
                    var k = block * PackedGroup.BlockColumns + 8 * eighth;
                    TFormat.Eight<TRegister>(group, firstBlock + (int)block, eighth, firstRow, out var p0, out var p1, out var p2, out var p3);
                    var (m0, m1, m2, m3) = (Products(p0, x0 + k), Products(p1, x0 + k + 2), Products(p2, x0 + k + 4), Products(p3, x0 + k + 6));
                    a0 = TRegister.Add(a0, TRegister.Add(TRegister.Add(m0, m1), TRegister.Add(m2, m3)));
                }

                var scale = TFormat.Scale<TRegister>(group, firstBlock + (int)block, firstRow);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, scales, block, s0, at);
                if (!TFormat.HasMinimum) continue;
                var minimum = TFormat.NegatedMinimum<TRegister>(group, firstBlock + (int)block, firstRow);
                s0 = Subtract(minimum, products, block, s0, at);
            }
        }

        Last(s0, sums);
    }
}
