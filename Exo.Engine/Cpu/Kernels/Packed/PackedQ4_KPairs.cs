using System.Runtime.CompilerServices;
using Exo.Engine.Cpu.Kernels.Blocks;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Q4_K for products of 16-bit pairs, whose inputs are rounded less than <see cref="PackedQ4_K"/>'s: 256 columns are sixteen half scales and half minimums, then eight blocks of <see cref="Nibbles"/>, sixteen bytes of block scales and as many of
/// block minimums. The six-bit scales get a byte each: 3 % more than in the file.
/// </summary>
internal readonly unsafe struct PackedQ4_KPairs : IPackedFormat
{
    private const int Blocks = 8;
    private const int MinimumsAt = 2 * PackedGroup.Rows;
    private const int BlocksAt = 2 * MinimumsAt;
    private const int BlockScalesAt = Nibbles.BlockByteCount;
    private const int BlockMinimumsAt = BlockScalesAt + PackedGroup.Rows;
    private const int BlockByteCount = BlockMinimumsAt + PackedGroup.Rows;
    private const int UnitByteCount = BlocksAt + Blocks * BlockByteCount;
    private const int SourceBlockByteCount = 144;

    public static bool IsStored => true;

    public static bool HasMinimum => true;

    public static bool IsCostly => false;

    public static int UnitBlocks => Blocks;

    public static int EightByteCount => Nibbles.EightByteCount;

    public static long GroupByteCount(int columns) => (long)columns / (Blocks * PackedGroup.BlockColumns) * UnitByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => Unit(group, block) + BlocksAt + (nint)((uint)block % Blocks) * BlockByteCount;

    /// <summary>The minimums' halves are stored negated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prepare<TRegister>(byte* group, int block, int firstRow, float* shared)
        where TRegister : struct, IRegister<TRegister>
    {
        var unit = Unit(group, block);
        TRegister.Store(TRegister.LoadHalves(unit + 2 * firstRow), shared + firstRow);
        TRegister.Store(TRegister.LoadHalves(unit + MinimumsAt + 2 * firstRow), shared + PackedGroup.Rows + firstRow);
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
        where TRegister : struct, IRegister<TRegister> =>
        TRegister.Multiply(TRegister.Load(shared + firstRow), TRegister.LoadBytesAsFloats(block + BlockScalesAt + firstRow));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> =>
        TRegister.Multiply(TRegister.Load(shared + PackedGroup.Rows + firstRow), TRegister.LoadBytesAsFloats(block + BlockMinimumsAt + firstRow));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group)
    {
        for (var row = 0; row < rows; row++)
        {
            var from = source + row * rowByteCount;
            var to = group;
            for (var column = 0; column < columns; column += Blocks * PackedGroup.BlockColumns, from += SourceBlockByteCount, to += UnitByteCount) PackOne(from, row, to);
        }
    }

    /// <summary>Where the unit of a block begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Unit(byte* group, int block) => group + (nint)((uint)block / Blocks) * UnitByteCount;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackOne(byte* from, int row, byte* unit)
    {
        ((ushort*)unit)[row] = *(ushort*)from;
        ((ushort*)(unit + MinimumsAt))[row] = (ushort)(*(ushort*)(from + 2) ^ 0x8000);
        for (var block = 0; block < Blocks; block++)
        {
            var (scale, minimum) = BlockParts.ScaleAndMinimum(from + 4, block);
            var at = Block(unit, block);
            at[BlockScalesAt + row] = (byte)scale;
            at[BlockMinimumsAt + row] = (byte)minimum;
            var quants = (ulong*)(from + 16 + block / 2 * 32);
            for (var eighth = 0; eighth < 4; eighth++) Nibbles.Gather(quants[eighth] >> (block % 2 * 4), row, at + eighth * Nibbles.EightByteCount);
        }
    }
}
