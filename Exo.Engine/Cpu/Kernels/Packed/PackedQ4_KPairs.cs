using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>Q4_K for products of 16-bit pairs, whose inputs are rounded less than <see cref="PackedQ4_K"/>'s: <see cref="Q4_KUnits"/> whose blocks' quants are <see cref="Nibbles"/>.</summary>
internal readonly unsafe struct PackedQ4_KPairs : IPackedFormat, IQuantOrder
{
    public static bool IsStored => true;

    public static bool HasMinimum => true;

    public static bool IsCostly => false;

    public static int UnitBlocks => Q4_KUnits.Blocks;

    public static int EightByteCount => Nibbles.EightByteCount;

    public static long GroupByteCount(int columns) => Q4_KUnits.GroupByteCount(columns);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => Q4_KUnits.Block(group, block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prepare<TRegister>(byte* group, int block, int firstRow, float* shared)
        where TRegister : struct, IRegister<TRegister>
    {
        TRegister.Store(Q4_KUnits.UnitScale<TRegister>(group, block, firstRow), shared + firstRow);
        TRegister.Store(Q4_KUnits.UnitMinimum<TRegister>(group, block, firstRow), shared + PackedGroup.Rows + firstRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister p0, out TRegister p1, out TRegister p2, out TRegister p3)
        where TRegister : struct, IRegister<TRegister> => Nibbles.Spread(block + eighth * Nibbles.EightByteCount, firstRow, out p0, out p1, out p2, out p3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Pair<TRegister>(byte* block, int eighth, int pair, int firstRow)
        where TRegister : struct, IRegister<TRegister> => Nibbles.Pair<TRegister>(block + eighth * Nibbles.EightByteCount, pair, firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Dot<TRegister>(byte* block, int firstRow, short* input, int* total, int* firstTotal)
        where TRegister : struct, IRegister<TRegister> => Nibbles.Dot<TRegister>(block, firstRow, input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Multiply(TRegister.Load(shared + firstRow), Q4_KUnits.BlockScale<TRegister>(block, firstRow));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> =>
        TRegister.Multiply(TRegister.Load(shared + PackedGroup.Rows + firstRow), Q4_KUnits.BlockMinimum<TRegister>(block, firstRow));

    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group) => Q4_KUnits.Pack<PackedQ4_KPairs>(source, rowByteCount, rows, columns, group);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather(byte* quants, int shift, int row, byte* block)
    {
        for (var eighth = 0; eighth < 4; eighth++) Nibbles.Gather(((ulong*)quants)[eighth] >> shift, row, block + eighth * Nibbles.EightByteCount);
    }
}
