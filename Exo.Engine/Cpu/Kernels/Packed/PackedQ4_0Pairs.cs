using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Q4_0 for products of 16-bit pairs, whose inputs are rounded less than <see cref="PackedQ4_0"/>'s: a block is 256 bytes of <see cref="Nibbles"/>, then sixteen half scales, as
/// many bytes as in the file. Nibbles stand for eight less than they say: that is the block's minimum.
/// </summary>
internal readonly unsafe struct PackedQ4_0Pairs : IPackedFormat
{
    private const int BlockByteCount = Nibbles.BlockByteCount + 2 * PackedGroup.Rows;
    private const int SourceBlockByteCount = 18;
    private const float NegatedOffset = -8;

    public static bool IsStored => true;

    public static bool HasMinimum => true;

    public static bool IsCostly => false;

    public static int UnitBlocks => 1;

    public static int EightByteCount => Nibbles.EightByteCount;

    public static long GroupByteCount(int columns) => (long)columns / PackedGroup.BlockColumns * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => group + (nint)block * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prepare<TRegister>(byte* group, int block, int firstRow, float* shared)
        where TRegister : struct, IRegister<TRegister>
    {
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
        where TRegister : struct, IRegister<TRegister> => TRegister.LoadHalves(block + Nibbles.BlockByteCount + 2 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Multiply(Scale<TRegister>(shared, block, firstRow), TRegister.Broadcast(NegatedOffset));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group)
    {
        for (var row = 0; row < rows; row++)
        {
            var from = source + row * rowByteCount;
            var to = group;
            for (var block = 0; block < columns / PackedGroup.BlockColumns; block++, from += SourceBlockByteCount, to += BlockByteCount)
            {
                ((ushort*)(to + Nibbles.BlockByteCount))[row] = *(ushort*)from;
                var (first, second) = (*(ulong*)(from + 2), *(ulong*)(from + 10)); // Low nibbles are the first sixteen columns, high ones the last.
                Nibbles.Gather(first, row, to);
                Nibbles.Gather(second, row, to + Nibbles.EightByteCount);
                Nibbles.Gather(first >> 4, row, to + 2 * Nibbles.EightByteCount);
                Nibbles.Gather(second >> 4, row, to + 3 * Nibbles.EightByteCount);
            }
        }
    }
}
