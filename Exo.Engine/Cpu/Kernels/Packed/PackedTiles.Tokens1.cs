using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

internal static unsafe partial class PackedTiles<TFormat, TRegister>
{
    /// <summary>1 token. A group is one stream, which the processor foresees: asking for it ahead only takes a tenth of the speed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens1(byte* group, int firstBlock, int blocks, in RoundedInput input, float* sums)
    {
        var x = input.Quants;
        var scales = input.Scales;
        var products = input.Sums;
        var totals = input.Totals;
        var firstTotals = input.FirstTotals;
        var sum = TileSums<TRegister>.First(sums, 1);
        var shared = stackalloc float[PackedGroup.SharedCount];
        for (nint block = 0; block < blocks; block++)
        {
            Prepare(group, firstBlock + (int)block, shared);
            var weights = TFormat.Block(group, firstBlock + (int)block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var integers = TFormat.Dot<TRegister>(weights, firstRow, x + block * PackedGroup.BlockColumns, totals + block, firstTotals + block);
                var scale = TFormat.Scale<TRegister>(shared, weights, firstRow);
                var minimum = TFormat.NegatedMinimum<TRegister>(shared, weights, firstRow);
                sum = Finish(integers, scale, scales, minimum, products, block, sum, sums + firstRow, 1);
            }
        }

        TileSums<TRegister>.Last(sum, sums, 1);
    }
}
