using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Q6_K: 256 columns are sixteen half scales, then eight blocks of two groups of <see cref="SixBits"/> and [2 groups, 16] signed bytes of group scales. As many bytes as in the
/// file. A group is sixteen columns, half a block: its scale is an integer and part of the integer products.
/// </summary>
internal readonly unsafe struct PackedQ6_K : IPackedFormat
{
    private const int Blocks = 8;
    private const int Groups = PackedGroup.BlockColumns / SixBits.GroupColumns;
    private const int Middle = 32;
    private const int BlocksAt = 2 * PackedGroup.Rows;
    private const int GroupScalesAt = Groups * SixBits.GroupByteCount;
    private const int BlockByteCount = GroupScalesAt + Groups * PackedGroup.Rows;
    private const int UnitByteCount = BlocksAt + Blocks * BlockByteCount;
    private const int SourceBlockByteCount = 210;

    public static bool IsStored => true;

    public static bool HasMinimum => false;

    public static bool IsCostly => true;

    public static int UnitBlocks => Blocks;

    public static int EightByteCount => SixBits.GroupByteCount / 2;

    public static long GroupByteCount(int columns) => (long)columns / (Blocks * PackedGroup.BlockColumns) * UnitByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => Unit(group, block) + BlocksAt + (nint)((uint)block % Blocks) * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prepare<TRegister>(byte* group, int block, int firstRow, float* shared)
        where TRegister : struct, IRegister<TRegister> => TRegister.Store(TRegister.LoadHalves(Unit(group, block) + 2 * firstRow), shared + firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister p0, out TRegister p1, out TRegister p2, out TRegister p3)
        where TRegister : struct, IRegister<TRegister>
    {
        var group = block + eighth / 2 * SixBits.GroupByteCount;
        if (eighth % 2 == 0) SixBits.FirstFour(group, firstRow, out p0, out p1, out p2, out p3);
        else SixBits.LastFour(group, firstRow, out p0, out p1, out p2, out p3);
        var scale = GroupScale<TRegister>(block, eighth, firstRow);
        (p0, p1, p2, p3) = (Scaled(p0, scale), Scaled(p1, scale), Scaled(p2, scale), Scaled(p3, scale));
    }

    /// <summary>The quants with their group's scale, within 13 bits and a sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Pair<TRegister>(byte* block, int eighth, int pair, int firstRow)
        where TRegister : struct, IRegister<TRegister> =>
        Scaled(SixBits.Pair<TRegister>(block + eighth / 2 * SixBits.GroupByteCount, eighth % 2 * 4 + pair, firstRow), GroupScale<TRegister>(block, eighth, firstRow));

    /// <summary>By one token a group's sum takes the scale, not each quant; the middle is taken off the sum too. Integers, so it is the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Dot<TRegister>(byte* block, int firstRow, short* input, int* total, int* firstTotal)
        where TRegister : struct, IRegister<TRegister>
    {
        var first = Sixteen(block, firstRow, input, *firstTotal);
        var second = Sixteen(block + SixBits.GroupByteCount, firstRow, input + SixBits.GroupColumns, *total - *firstTotal);
        var scales = block + GroupScalesAt + firstRow;
        return TRegister.Add(
            TRegister.MultiplyIntegers(first, TRegister.LoadSignedBytesAsIntegers(scales)),
            TRegister.MultiplyIntegers(second, TRegister.LoadSignedBytesAsIntegers(scales + PackedGroup.Rows)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static TRegister Sixteen(byte* group, int firstRow, short* input, int total)
        {
            SixBits.FirstFour<TRegister>(group, firstRow, out var p0, out var p1, out var p2, out var p3);
            SixBits.LastFour<TRegister>(group, firstRow, out var p4, out var p5, out var p6, out var p7);
            var a = TRegister.Add(PairDot.Products(p0, input), PairDot.Products(p1, input + 2));
            var b = TRegister.Add(PairDot.Products(p2, input + 4), PairDot.Products(p3, input + 6));
            a = TRegister.Add(a, TRegister.Add(PairDot.Products(p4, input + 8), PairDot.Products(p5, input + 10)));
            b = TRegister.Add(b, TRegister.Add(PairDot.Products(p6, input + 12), PairDot.Products(p7, input + 14)));
            return TRegister.Add(TRegister.Add(a, b), TRegister.Broadcast(-Middle * total));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Load(shared + firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(float* shared, byte* block, int firstRow)
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
    private static TRegister GroupScale<TRegister>(byte* block, int eighth, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.LoadSignedByteTwice(block + GroupScalesAt + eighth / 2 * PackedGroup.Rows + firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Scaled<TRegister>(TRegister quants, TRegister scale)
        where TRegister : struct, IRegister<TRegister> => TRegister.MultiplyShorts(TRegister.SubtractShorts(quants, TRegister.BroadcastShort(Middle)), scale);

    /// <summary>Where the unit of a block begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Unit(byte* group, int block) => group + (nint)((uint)block / Blocks) * UnitByteCount;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackOne(byte* from, int row, byte* unit)
    {
        const ulong Nibble = 0x0F0F0F0F0F0F0F0F, Two = 0x3030303030303030;
        ((ushort*)unit)[row] = *(ushort*)(from + 208);
        var quants = stackalloc ulong[PackedGroup.BlockColumns / sizeof(ulong)];
        for (var block = 0; block < Blocks; block++)
        {
            // 128 columns share 64 bytes of low nibbles and 32 of high bits; block % 4 says which of their nibbles and bits are its own.
            var (half, quarter) = (block / 4, block % 4);
            var low = (ulong*)(from + 64 * half + 32 * (quarter % 2));
            var high = (ulong*)(from + 128 + 32 * half);
            for (var eight = 0; eight < 4; eight++) quants[eight] = low[eight] >> (quarter / 2 * 4) & Nibble | high[eight] >> 2 * quarter << 4 & Two;
            var at = Block(unit, block);
            for (var sixteen = 0; sixteen < Groups; sixteen++)
            {
                SixBits.Gather((byte*)quants + sixteen * SixBits.GroupColumns, row, at + sixteen * SixBits.GroupByteCount);
                at[GroupScalesAt + sixteen * PackedGroup.Rows + row] = from[192 + 2 * block + sixteen];
            }
        }
    }
}
