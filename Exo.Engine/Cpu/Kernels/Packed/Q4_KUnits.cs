using System.Runtime.CompilerServices;
using Exo.Engine.Cpu.Kernels.Blocks;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// How sixteen rows of Q4_K lie beside each other, whatever the order of a block's quants: 256 columns are a unit of sixteen half scales and as many half minimums, negated, then
/// eight blocks of 256 bytes of quants, sixteen bytes of block scales and as many of block minimums. The six-bit scales get a byte each: 3 % more than in the file.
/// </summary>
internal static unsafe class Q4_KUnits
{
    /// <summary>Blocks of 32 columns in a unit.</summary>
    public const int Blocks = 8;

    private const int MinimumsAt = 2 * PackedGroup.Rows;
    private const int BlocksAt = 2 * MinimumsAt;
    private const int BlockScalesAt = PackedGroup.BlockColumns / 2 * PackedGroup.Rows;
    private const int BlockMinimumsAt = BlockScalesAt + PackedGroup.Rows;
    private const int BlockByteCount = BlockMinimumsAt + PackedGroup.Rows;
    private const int UnitByteCount = BlocksAt + Blocks * BlockByteCount;
    private const int SourceByteCount = 144;

    public static long GroupByteCount(int columns) => (long)columns / (Blocks * PackedGroup.BlockColumns) * UnitByteCount;

    /// <summary>Where a block begins, with its quants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => Unit(group, block) + BlocksAt + (nint)((uint)block % Blocks) * BlockByteCount;

    /// <summary>The half scales of the unit that a block is of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister UnitScale<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> => TRegister.LoadHalves(Unit(group, block) + 2 * firstRow);

    /// <summary>The negated half minimums of that unit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister UnitMinimum<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> => TRegister.LoadHalves(Unit(group, block) + MinimumsAt + 2 * firstRow);

    /// <summary>A block's own scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister BlockScale<TRegister>(byte* block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> => TRegister.LoadBytesAsFloats(block + BlockScalesAt + firstRow);

    /// <summary>A block's own minimums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister BlockMinimum<TRegister>(byte* block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> => TRegister.LoadBytesAsFloats(block + BlockMinimumsAt + firstRow);

    /// <inheritdoc cref="IPackedFormat.Pack"/>
    public static void Pack<TOrder>(byte* source, long rowByteCount, int rows, int columns, byte* group)
        where TOrder : struct, IQuantOrder
    {
        for (var row = 0; row < rows; row++)
        {
            var from = source + row * rowByteCount;
            var to = group;
            for (var column = 0; column < columns; column += Blocks * PackedGroup.BlockColumns, from += SourceByteCount, to += UnitByteCount) PackOne<TOrder>(from, row, to);
        }
    }

    /// <summary>Where the unit of a block begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Unit(byte* group, int block) => group + (nint)((uint)block / Blocks) * UnitByteCount;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackOne<TOrder>(byte* from, int row, byte* unit)
        where TOrder : struct, IQuantOrder
    {
        ((ushort*)unit)[row] = *(ushort*)from;
        ((ushort*)(unit + MinimumsAt))[row] = (ushort)(*(ushort*)(from + 2) ^ 0x8000);
        for (var block = 0; block < Blocks; block++)
        {
            var (scale, minimum) = BlockParts.ScaleAndMinimum(from + 4, block);
            var at = Block(unit, block);
            at[BlockScalesAt + row] = (byte)scale;
            at[BlockMinimumsAt + row] = (byte)minimum;
            TOrder.Gather(from + 16 + block / 2 * 32, block % 2 * 4, row, at); // A block's 32 columns are the low nibbles of 32 bytes, the next one's the high ones.
        }
    }
}

/// <summary>The order of a block's quants.</summary>
internal unsafe interface IQuantOrder
{
    /// <summary>Places a row's quants of one block.</summary>
    /// <param name="quants">32 bytes of the file; the block's columns are their low nibbles once <paramref name="shift"/> is taken off.</param>
    /// <param name="shift">0 or 4.</param>
    /// <param name="block">Where the sixteen rows' quants begin.</param>
    static abstract void Gather(byte* quants, int shift, int row, byte* block);
}
