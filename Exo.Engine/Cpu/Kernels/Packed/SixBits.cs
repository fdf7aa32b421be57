using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Six-bit quants packed for registers: three 16-bit lanes hold eight columns of a row, two apart: two whole ones each, and in their upper four bits what the last two need.
/// Sixteen columns of sixteen rows, [3, 16 rows, 2] lanes, are 192 bytes.
/// </summary>
internal static unsafe class SixBits
{
    /// <summary>Bytes of sixteen columns of sixteen rows.</summary>
    public const int GroupByteCount = 3 * LaneByteCount;

    /// <summary>Columns of a group.</summary>
    public const int GroupColumns = 16;

    private const int LaneByteCount = 64;

    /// <summary>The first four of a group's eight registers, 0 to 63 in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FirstFour<TRegister>(byte* group, int firstRow, out TRegister p0, out TRegister p1, out TRegister p2, out TRegister p3)
        where TRegister : struct, IRegister<TRegister>
    {
        var (first, second) = (Lanes<TRegister>(group, 0, firstRow), Lanes<TRegister>(group, 1, firstRow));
        (p0, p1, p2, p3) = (Low(first), Middle(first), Low(second), Middle(second));
    }

    /// <summary>The last four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LastFour<TRegister>(byte* group, int firstRow, out TRegister p4, out TRegister p5, out TRegister p6, out TRegister p7)
        where TRegister : struct, IRegister<TRegister>
    {
        var (first, second, third) = (Lanes<TRegister>(group, 0, firstRow), Lanes<TRegister>(group, 1, firstRow), Lanes<TRegister>(group, 2, firstRow));
        (p4, p5, p6, p7) = (Low(third), Middle(third), Sixth(first, third), Seventh(second, third));
    }

    /// <summary>One of the eight registers of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Pair<TRegister>(byte* group, int pair, int firstRow)
        where TRegister : struct, IRegister<TRegister>
    {
        if (pair == 6) return Sixth(Lanes<TRegister>(group, 0, firstRow), Lanes<TRegister>(group, 2, firstRow));
        if (pair == 7) return Seventh(Lanes<TRegister>(group, 1, firstRow), Lanes<TRegister>(group, 2, firstRow));
        var lanes = Lanes<TRegister>(group, pair / 2, firstRow);
        return pair % 2 == 0 ? Low(lanes) : Middle(lanes);
    }

    /// <summary>Packs one row's sixteen columns.</summary>
    /// <param name="quants">Sixteen bytes, 0 to 63.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather(byte* quants, int row, byte* group)
    {
        for (var odd = 0; odd < 2; odd++, quants++)
        {
            var lanes = (ushort*)group + 2 * row + odd;
            var (sixth, seventh) = (quants[12], quants[14]);
            lanes[0] = (ushort)(quants[0] | quants[2] << 6 | (sixth & 15) << 12);
            lanes[LaneByteCount / 2] = (ushort)(quants[4] | quants[6] << 6 | (seventh & 15) << 12);
            lanes[LaneByteCount] = (ushort)(quants[8] | quants[10] << 6 | sixth >> 4 << 12 | seventh >> 4 << 14);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Lanes<TRegister>(byte* group, int index, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Load(group + index * LaneByteCount + 4 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Low<TRegister>(TRegister lanes)
        where TRegister : struct, IRegister<TRegister> => TRegister.And(lanes, TRegister.BroadcastShort(63));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Middle<TRegister>(TRegister lanes)
        where TRegister : struct, IRegister<TRegister> => Low(TRegister.ShiftRight(lanes, 6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Sixth<TRegister>(TRegister first, TRegister third)
        where TRegister : struct, IRegister<TRegister> =>
        TRegister.Or(TRegister.ShiftRight(first, 12), TRegister.And(TRegister.ShiftRight(third, 8), TRegister.BroadcastShort(0x30)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Seventh<TRegister>(TRegister second, TRegister third)
        where TRegister : struct, IRegister<TRegister> =>
        TRegister.Or(TRegister.ShiftRight(second, 12), TRegister.And(TRegister.ShiftRight(third, 10), TRegister.BroadcastShort(0x30)));
}
