using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

internal static unsafe partial class PackedTiles<TFormat, TRegister>
{
    /// <summary>4 tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens4(byte* group, int firstBlock, int blocks, in RoundedInput input, float* sums)
    {
        var scales = input.Scales;
        var products = input.Sums;
        nint stride = input.BlockStride;
        var x0 = input.Quants;
        var x1 = x0 + input.Stride;
        var x2 = x1 + input.Stride;
        var x3 = x2 + input.Stride;
        var s0 = TileSums<TRegister>.First(sums, 4);
        var s1 = TileSums<TRegister>.First(sums + PackedGroup.Rows, 4);
        var s2 = TileSums<TRegister>.First(sums + 2 * PackedGroup.Rows, 4);
        var s3 = TileSums<TRegister>.First(sums + 3 * PackedGroup.Rows, 4);
        var shared = stackalloc float[PackedGroup.SharedCount];
        for (nint block = 0; block < blocks; block++)
        {
            Prepare(group, firstBlock + (int)block, shared);
            var weights = TFormat.Block(group, firstBlock + (int)block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var a0 = TRegister.Zero;
                var a1 = TRegister.Zero;
                var a2 = TRegister.Zero;
                var a3 = TRegister.Zero;
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    Prefetch(weights, eighth, firstRow);
                    var k = block * PackedGroup.BlockColumns + 8 * eighth;
                    TFormat.Eight<TRegister>(weights, eighth, firstRow, out var p0, out var p1, out var p2, out var p3);
                    var (m00, m01) = (PairDot.Products(p0, x0 + k), PairDot.Products(p0, x1 + k));
                    a0 = TRegister.Add(a0, m00);
                    a1 = TRegister.Add(a1, m01);
                    var (m02, m03) = (PairDot.Products(p0, x2 + k), PairDot.Products(p0, x3 + k));
                    a2 = TRegister.Add(a2, m02);
                    a3 = TRegister.Add(a3, m03);
                    var (m10, m11) = (PairDot.Products(p1, x0 + k + 2), PairDot.Products(p1, x1 + k + 2));
                    a0 = TRegister.Add(a0, m10);
                    a1 = TRegister.Add(a1, m11);
                    var (m12, m13) = (PairDot.Products(p1, x2 + k + 2), PairDot.Products(p1, x3 + k + 2));
                    a2 = TRegister.Add(a2, m12);
                    a3 = TRegister.Add(a3, m13);
                    var (m20, m21) = (PairDot.Products(p2, x0 + k + 4), PairDot.Products(p2, x1 + k + 4));
                    a0 = TRegister.Add(a0, m20);
                    a1 = TRegister.Add(a1, m21);
                    var (m22, m23) = (PairDot.Products(p2, x2 + k + 4), PairDot.Products(p2, x3 + k + 4));
                    a2 = TRegister.Add(a2, m22);
                    a3 = TRegister.Add(a3, m23);
                    var (m30, m31) = (PairDot.Products(p3, x0 + k + 6), PairDot.Products(p3, x1 + k + 6));
                    a0 = TRegister.Add(a0, m30);
                    a1 = TRegister.Add(a1, m31);
                    var (m32, m33) = (PairDot.Products(p3, x2 + k + 6), PairDot.Products(p3, x3 + k + 6));
                    a2 = TRegister.Add(a2, m32);
                    a3 = TRegister.Add(a3, m33);
                }

                var scale = TFormat.Scale<TRegister>(shared, weights, firstRow);
                var minimum = TFormat.NegatedMinimum<TRegister>(shared, weights, firstRow);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, scales, minimum, products, block, s0, at, 4);
                s1 = Finish(a1, scale, scales + stride, minimum, products + stride, block, s1, at + PackedGroup.Rows, 4);
                s2 = Finish(a2, scale, scales + 2 * stride, minimum, products + 2 * stride, block, s2, at + 2 * PackedGroup.Rows, 4);
                s3 = Finish(a3, scale, scales + 3 * stride, minimum, products + 3 * stride, block, s3, at + 3 * PackedGroup.Rows, 4);
            }
        }

        TileSums<TRegister>.Last(s0, sums, 4);
        TileSums<TRegister>.Last(s1, sums + PackedGroup.Rows, 4);
        TileSums<TRegister>.Last(s2, sums + 2 * PackedGroup.Rows, 4);
        TileSums<TRegister>.Last(s3, sums + 3 * PackedGroup.Rows, 4);
    }
}
