using System.Runtime.CompilerServices;
using Exo.Engine.Cpu.Kernels.Blocks;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Q4_K: 256 columns are sixteen half scales and as many half minimums, negated, then eight blocks: [4, 16 rows] words of four bytes each, whose low nibbles are four of the block's
/// first sixteen columns and whose high nibbles four of the last, sixteen bytes of block scales and as many of block minimums. The six-bit scales get a byte each: 3 % more
/// than in the file.
/// </summary>
internal readonly unsafe struct PackedQ4_K : IByteFormat
{
    private const int Blocks = 8;
    private const int MinimumsAt = 2 * PackedGroup.Rows;
    private const int BlocksAt = 2 * MinimumsAt;
    private const int BlockScalesAt = NibbleWords.BlockByteCount;
    private const int BlockMinimumsAt = BlockScalesAt + PackedGroup.Rows;
    private const int BlockByteCount = BlockMinimumsAt + PackedGroup.Rows;
    private const int UnitByteCount = BlocksAt + Blocks * BlockByteCount;
    private const int SourceBlockByteCount = 144;

    public static bool IsStored => true;

    public static bool HasMinimum => true;

    public static long GroupByteCount(int columns) => (long)columns / (Blocks * PackedGroup.BlockColumns) * UnitByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => Unit(group, block) + BlocksAt + (nint)((uint)block % Blocks) * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister first, out TRegister last)
        where TRegister : struct, IRegister<TRegister> => NibbleWords.Spread(block, eighth, firstRow, out first, out last);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IRegister<TRegister> =>
        TRegister.Multiply(TRegister.LoadHalves(Unit(group, block) + 2 * firstRow), TRegister.LoadBytesAsFloats(Block(group, block) + BlockScalesAt + firstRow));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IRegister<TRegister> =>
        TRegister.Multiply(TRegister.LoadHalves(Unit(group, block) + MinimumsAt + 2 * firstRow), TRegister.LoadBytesAsFloats(Block(group, block) + BlockMinimumsAt + firstRow));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister WeightSum<TRegister>(byte* group, int block, int firstRow, TRegister scale, TRegister negatedMinimum, TRegister bytes)
        where TRegister : struct, IRegister<TRegister> =>
        TRegister.Fma(scale, TRegister.ToFloats(NibbleWords.Sum(bytes)), TRegister.Multiply(negatedMinimum, TRegister.Broadcast((float)PackedGroup.BlockColumns)));

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

    /// <summary>Where the 256 columns of a block begin.</summary>
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
            var quants = (uint*)(from + 16 + block / 2 * 32); // A block's 32 columns are the low nibbles of 32 bytes, the next one's the high ones.
            var shift = block % 2 * 4;
            for (var eighth = 0; eighth < 4; eighth++)
                NibbleWords.Store(at, eighth, row, (quants[eighth] >> shift & NibbleWords.Low) | (quants[eighth + 4] >> shift & NibbleWords.Low) << 4);
        }
    }
}
