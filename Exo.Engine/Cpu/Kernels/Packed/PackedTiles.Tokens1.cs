using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

internal static unsafe partial class PackedTiles<TFormat, TRegister>
{
    /// <summary>1 token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tokens1(byte* group, int firstBlock, int blocks, in RoundedInput input, float* sums)
    {
        var scales = input.Scales;
        var products = input.Sums;
        var totals = input.Totals;
        var x0 = input.Quants;
        var s0 = First(sums, 1);
        for (nint block = 0; block < blocks; block++)
        {
            var unit = TFormat.Unit(group, firstBlock + (int)block);
            var weights = TFormat.Block(group, firstBlock + (int)block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                TRegister a0 = Start(totals, block);
                var x = x0 + block * PackedGroup.BlockColumns;
                a0 = TRegister.Add(a0, EightColumns(weights, 0, firstRow, x));
                a0 = TRegister.Add(a0, EightColumns(weights, 1, firstRow, x));
                a0 = TRegister.Add(a0, EightColumns(weights, 2, firstRow, x));
                a0 = TRegister.Add(a0, EightColumns(weights, 3, firstRow, x));
                var scale = TFormat.Scale<TRegister>(unit, weights, firstRow);
                var at = sums + firstRow;
                s0 = Finish(a0, scale, scales, block, s0, at, 1);
                if (!TFormat.HasMinimum) continue;
                var minimum = TFormat.NegatedMinimum<TRegister>(unit, weights, firstRow);
                s0 = Subtract(minimum, products, block, s0, at, 1);
            }
        }

        Last(s0, sums, 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister EightColumns(byte* weights, int eighth, int firstRow, short* input)
    {
        Prefetch(weights, eighth, firstRow);
        input += 8 * eighth;
        TFormat.Eight<TRegister>(weights, eighth, firstRow, out var p0, out var p1, out var p2, out var p3);
        var (m0, m1, m2, m3) = (Products(p0, input), Products(p1, input + 2), Products(p2, input + 4), Products(p3, input + 6));
        return TRegister.Add(TRegister.Add(m0, m1), TRegister.Add(m2, m3));
    }
}
