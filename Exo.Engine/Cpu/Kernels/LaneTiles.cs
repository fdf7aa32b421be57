using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// The sums of <see cref="DotTiles{TElement}"/> taken up and laid down again: a row that is widened piece by piece keeps its eight lanes in
/// memory between the pieces, so the bits are those of the whole row.
/// </summary>
internal static unsafe class LaneTiles
{
    /// <summary>lanes[token, row] += weights · input over <paramref name="columns"/> columns (a multiple of 8).</summary>
    /// <param name="weights">[8, columns], rows <paramref name="weightStride"/> apart</param>
    /// <param name="input">[columns]</param>
    /// <param name="lanes">[8 rows, 8 lanes]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void EightRows(float* weights, int weightStride, float* input, int columns, float* lanes)
    {
        var (a0, a1, a2, a3) = (Vector256.Load(lanes), Vector256.Load(lanes + 8), Vector256.Load(lanes + 16), Vector256.Load(lanes + 24));
        var (a4, a5, a6, a7) = (Vector256.Load(lanes + 32), Vector256.Load(lanes + 40), Vector256.Load(lanes + 48), Vector256.Load(lanes + 56));
        var w4 = weights + 4 * weightStride;
        for (var k = 0; k < columns; k += Lanes.Count, weights += Lanes.Count, w4 += Lanes.Count)
        {
            var x = Vector256.Load(input + k);
            a0 = Lanes.Fma(Vector256.Load(weights), x, a0);
            a1 = Lanes.Fma(Vector256.Load(weights + weightStride), x, a1);
            a2 = Lanes.Fma(Vector256.Load(weights + 2 * weightStride), x, a2);
            a3 = Lanes.Fma(Vector256.Load(weights + 3 * weightStride), x, a3);
            a4 = Lanes.Fma(Vector256.Load(w4), x, a4);
            a5 = Lanes.Fma(Vector256.Load(w4 + weightStride), x, a5);
            a6 = Lanes.Fma(Vector256.Load(w4 + 2 * weightStride), x, a6);
            a7 = Lanes.Fma(Vector256.Load(w4 + 3 * weightStride), x, a7);
        }

        a0.Store(lanes);
        a1.Store(lanes + 8);
        a2.Store(lanes + 16);
        a3.Store(lanes + 24);
        a4.Store(lanes + 32);
        a5.Store(lanes + 40);
        a6.Store(lanes + 48);
        a7.Store(lanes + 56);
    }
}
