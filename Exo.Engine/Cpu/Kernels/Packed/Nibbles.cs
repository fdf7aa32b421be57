using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Four-bit quants packed for registers: a 16-bit lane holds four columns of a row, two apart, lowest first; eight columns of sixteen rows, [16 rows, 2] lanes,
/// are 64 bytes.
/// </summary>
internal static unsafe class Nibbles
{
    /// <summary>Bytes of eight columns of sixteen rows.</summary>
    public const int EightByteCount = 64;

    /// <summary>Bytes of a block of 32 columns.</summary>
    public const int BlockByteCount = 4 * EightByteCount;

    /// <summary>The four registers of eight columns, 0 to 15 in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Spread<TRegister>(byte* eight, int firstRow, out TRegister p0, out TRegister p1, out TRegister p2, out TRegister p3)
        where TRegister : struct, IRegister<TRegister>
    {
        var words = TRegister.Load(eight + 4 * firstRow);
        var mask = TRegister.BroadcastShort(15);
        p0 = TRegister.And(words, mask);
        p1 = TRegister.And(TRegister.ShiftRight(words, 4), mask);
        p2 = TRegister.And(TRegister.ShiftRight(words, 8), mask);
        p3 = TRegister.ShiftRight(words, 12);
    }

    /// <summary>One of the four registers of eight columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Pair<TRegister>(byte* eight, int pair, int firstRow)
        where TRegister : struct, IRegister<TRegister>
    {
        var words = TRegister.Load(eight + 4 * firstRow);
        if (pair > 0) words = TRegister.ShiftRight(words, 4 * pair);
        return pair == 3 ? words : TRegister.And(words, TRegister.BroadcastShort(15));
    }

    /// <summary>
    /// Σ q · input of a block's 32 columns. Quants are masked where they lie and multiplied 16 and 256 times too large: two shifts of sums make up for two of every eight columns.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Dot<TRegister>(byte* block, int firstRow, short* input)
        where TRegister : struct, IRegister<TRegister>
    {
        TRegister ones = TRegister.Zero, sixteens = TRegister.Zero, many = TRegister.Zero;
        AddEight(block, 0, firstRow, input, ref ones, ref sixteens, ref many);
        AddEight(block, 1, firstRow, input, ref ones, ref sixteens, ref many);
        AddEight(block, 2, firstRow, input, ref ones, ref sixteens, ref many);
        AddEight(block, 3, firstRow, input, ref ones, ref sixteens, ref many);
        return TRegister.Add(ones, TRegister.Add(TRegister.ShiftRightSigned(sixteens, 4), TRegister.ShiftRightSigned(many, 8)));
    }

    /// <summary>Packs one row's eight columns, the low nibbles of eight bytes.</summary>
    /// <param name="bytes">Columns 0 to 7, lowest byte first.</param>
    /// <param name="eight">The eight columns' 64 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather(ulong bytes, int row, byte* eight)
    {
        var lanes = (ushort*)(eight + 4 * row);
        lanes[0] = Every(bytes);
        lanes[1] = Every(bytes >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddEight<TRegister>(byte* block, int eighth, int firstRow, short* input, ref TRegister ones, ref TRegister sixteens, ref TRegister many)
        where TRegister : struct, IRegister<TRegister>
    {
        input += 8 * eighth;
        var words = TRegister.Load(block + eighth * EightByteCount + 4 * firstRow);
        var m0 = PairDot.Products(TRegister.And(words, TRegister.BroadcastShort(15)), input);
        var m1 = PairDot.Products(TRegister.And(words, TRegister.BroadcastShort(0xF0)), input + 2);
        var m2 = PairDot.Products(TRegister.And(words, TRegister.BroadcastShort(0xF00)), input + 4);
        var m3 = PairDot.Products(TRegister.ShiftRight(words, 12), input + 6);
        ones = TRegister.Add(ones, TRegister.Add(m0, m3));
        sixteens = TRegister.Add(sixteens, m1);
        many = TRegister.Add(many, m2);
    }

    /// <summary>The low nibbles of bytes 0, 2, 4, 6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort Every(ulong bytes)
    {
        bytes &= 0x000F000F000F000F;
        bytes |= bytes >> 12;
        return (ushort)((bytes & 0xFF) | ((bytes >> 24) & 0xFF00));
    }
}
