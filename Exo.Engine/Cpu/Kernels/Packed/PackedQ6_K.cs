using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Q6_K: 256 columns are sixteen half scales, then eight blocks of <see cref="Nibbles"/>, [4 eights, 16 rows, 2] bytes of the quants' two high bits and
/// [2 groups, 16] signed bytes of group scales. As many bytes as in the file. A group is sixteen columns, half a block: its scale is multiplied into the quants,
/// which stay within 16 bits.
/// </summary>
internal readonly unsafe struct PackedQ6_K : IPackedFormat
{
    private const int Blocks = 8;
    private const int BlocksAt = 2 * PackedGroup.Rows;
    private const int HighAt = Nibbles.BlockByteCount;
    private const int HighEightByteCount = 2 * PackedGroup.Rows;
    private const int GroupScalesAt = HighAt + 4 * HighEightByteCount;
    private const int BlockByteCount = GroupScalesAt + 2 * PackedGroup.Rows;
    private const int UnitByteCount = BlocksAt + Blocks * BlockByteCount;
    private const int SourceBlockByteCount = 210;

    public static bool IsStored => true;

    public static bool HasMinimum => false;

    public static bool IsCostly => true;

    public static int Offset => 0;

    public static int EightByteCount => Nibbles.EightByteCount + HighEightByteCount;

    public static long GroupByteCount(int columns) => (long)columns / (Blocks * PackedGroup.BlockColumns) * UnitByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Unit(byte* group, int block) => group + (nint)((uint)block / Blocks) * UnitByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => Unit(group, block) + BlocksAt + (nint)((uint)block % Blocks) * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister p0, out TRegister p1, out TRegister p2, out TRegister p3)
        where TRegister : struct, IRegister<TRegister>
    {
        Nibbles.Spread(block + eighth * Nibbles.EightByteCount, firstRow, out p0, out p1, out p2, out p3);
        var (high, scale) = (High<TRegister>(block, eighth, firstRow), GroupScale<TRegister>(block, eighth, firstRow));
        var (mask, middle) = (TRegister.BroadcastShort(0x30), TRegister.BroadcastShort(32));
        p0 = Scaled(p0, TRegister.And(TRegister.ShiftLeft(high, 4), mask), middle, scale);
        p1 = Scaled(p1, TRegister.And(TRegister.ShiftLeft(high, 2), mask), middle, scale);
        p2 = Scaled(p2, TRegister.And(high, mask), middle, scale);
        p3 = Scaled(p3, TRegister.And(TRegister.ShiftRight(high, 2), mask), middle, scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Pair<TRegister>(byte* block, int eighth, int pair, int firstRow)
        where TRegister : struct, IRegister<TRegister>
    {
        var high = High<TRegister>(block, eighth, firstRow);
        var shifted = pair < 2 ? TRegister.ShiftLeft(high, 4 - 2 * pair) : TRegister.ShiftRight(high, 2 * pair - 4);
        return Scaled(Nibbles.Pair<TRegister>(block + eighth * Nibbles.EightByteCount, pair, firstRow),
            TRegister.And(shifted, TRegister.BroadcastShort(0x30)), TRegister.BroadcastShort(32), GroupScale<TRegister>(block, eighth, firstRow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* unit, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.LoadHalves(unit + 2 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(byte* unit, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Zero;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister High<TRegister>(byte* block, int eighth, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.LoadBytes(block + HighAt + eighth * HighEightByteCount + 2 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister GroupScale<TRegister>(byte* block, int eighth, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.LoadSignedByteTwice(block + GroupScalesAt + eighth / 2 * PackedGroup.Rows + firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Scaled<TRegister>(TRegister low, TRegister high, TRegister middle, TRegister scale)
        where TRegister : struct, IRegister<TRegister> => TRegister.MultiplyShorts(TRegister.SubtractShorts(TRegister.Or(low, high), middle), scale);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackOne(byte* from, int row, byte* unit)
    {
        ((ushort*)unit)[row] = *(ushort*)(from + 208);
        for (var block = 0; block < Blocks; block++)
        {
            // 128 columns share 64 bytes of low nibbles and 32 of high bits; block % 4 says which of their nibbles and bits are its own.
            var (half, quarter) = (block / 4, block % 4);
            var low = (ulong*)(from + 64 * half + 32 * (quarter % 2));
            var high = (ulong*)(from + 128 + 32 * half);
            var at = Block(unit, block);
            for (var group = 0; group < 2; group++) at[GroupScalesAt + group * PackedGroup.Rows + row] = from[192 + 2 * block + group];
            for (var eighth = 0; eighth < 4; eighth++)
            {
                Nibbles.Gather(low[eighth] >> (quarter / 2 * 4), row, at + eighth * Nibbles.EightByteCount);
                Nibbles.GatherPairs(high[eighth] >> (2 * quarter), row, at + HighAt + eighth * HighEightByteCount);
            }
        }
    }
}
