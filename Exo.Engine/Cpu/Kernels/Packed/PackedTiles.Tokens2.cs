using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

internal static unsafe partial class PackedTiles<TFormat, TRegister>
{
    /// <summary>2 tokens: 2 sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens2(byte* group, int firstBlock, int blocks, in RoundedInput input, float* sums)
    {
        var scales = input.Scales;
        var products = input.Sums;
        nint stride = input.BlockStride;
        var x0 = input.Quants;
        var x1 = x0 + input.Stride;
        var s0 = TileSums<TRegister>.First(sums, 2);
        var s1 = TileSums<TRegister>.First(sums + PackedGroup.Rows, 2);
        var shared = stackalloc float[PackedGroup.SharedCount];
        for (nint block = 0; block < blocks; block++)
        {
            Prepare(group, firstBlock + (int)block, shared);
            var weights = TFormat.Block(group, firstBlock + (int)block);
            var k = block * PackedGroup.BlockColumns;
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var a0 = TRegister.Zero;
                var a1 = TRegister.Zero;
                for (var eighth = 0; eighth < 4; eighth++) Eight2(weights, eighth, firstRow, x0 + k, x1 + k, ref a0, ref a1);

                var scale = TFormat.Scale<TRegister>(shared, weights, firstRow);
                var minimum = TFormat.NegatedMinimum<TRegister>(shared, weights, firstRow);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, scales, minimum, products, block, s0, at, 2);
                s1 = Finish(a1, scale, scales + stride, minimum, products + stride, block, s1, at + PackedGroup.Rows, 2);
            }
        }

        TileSums<TRegister>.Last(s0, sums, 2);
        TileSums<TRegister>.Last(s1, sums + PackedGroup.Rows, 2);
    }

    /// <summary>Adds the products of eight columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight2(byte* weights, int eighth, int firstRow, short* x0, short* x1, ref TRegister a0, ref TRegister a1)
    {
        Prefetch(weights, eighth, firstRow);
        TFormat.Eight<TRegister>(weights, eighth, firstRow, out var p0, out var p1, out var p2, out var p3);
        Pair2(p0, x0 + (8 * eighth), x1 + (8 * eighth), ref a0, ref a1);
        Pair2(p1, x0 + (8 * eighth + 2), x1 + (8 * eighth + 2), ref a0, ref a1);
        Pair2(p2, x0 + (8 * eighth + 4), x1 + (8 * eighth + 4), ref a0, ref a1);
        Pair2(p3, x0 + (8 * eighth + 6), x1 + (8 * eighth + 6), ref a0, ref a1);
    }

    /// <summary>Adds the products of two columns: two products, then their additions, which would else take the ports that only products can use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair2(TRegister p, short* x0, short* x1, ref TRegister a0, ref TRegister a1)
    {
        var (m0, m1) = (PairDot.Products(p, x0), PairDot.Products(p, x1));
        a0 = TRegister.Add(a0, m0);
        a1 = TRegister.Add(a1, m1);
    }
}
