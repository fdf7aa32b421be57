using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>Q8_0: a block is sixteen pairs of columns, [16 rows, 2] signed bytes each, then sixteen half scales: as many bytes as in the file.</summary>
internal readonly unsafe struct PackedQ8_0 : IPackedFormat
{
    private const int QuantByteCount = PackedGroup.Rows * PackedGroup.BlockColumns;
    private const int BlockByteCount = QuantByteCount + 2 * PackedGroup.Rows;
    private const int SourceBlockByteCount = 34;

    public static bool IsStored => true;

    public static bool HasMinimum => false;

    public static bool IsCostly => false;

    public static int UnitBlocks => 1;

    public static int EightByteCount => 8 * PackedGroup.Rows;

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
        where TRegister : struct, IRegister<TRegister>
    {
        p0 = Pair<TRegister>(block, eighth, 0, firstRow);
        p1 = Pair<TRegister>(block, eighth, 1, firstRow);
        p2 = Pair<TRegister>(block, eighth, 2, firstRow);
        p3 = Pair<TRegister>(block, eighth, 3, firstRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Pair<TRegister>(byte* block, int eighth, int pair, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.LoadSignedBytes(block + eighth * (8 * PackedGroup.Rows) + (pair * (2 * PackedGroup.Rows) + 2 * firstRow));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Dot<TRegister>(byte* block, int firstRow, short* input, int* total, int* firstTotal)
        where TRegister : struct, IRegister<TRegister> => PairDot.Block<PackedQ8_0, TRegister>(block, firstRow, input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.LoadHalves(block + QuantByteCount + 2 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Zero;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group)
    {
        for (var row = 0; row < rows; row++)
        {
            var from = source + row * rowByteCount;
            var to = group + 2 * row;
            for (var block = 0; block < columns / PackedGroup.BlockColumns; block++, from += SourceBlockByteCount, to += BlockByteCount)
            {
                *(ushort*)(to + QuantByteCount) = *(ushort*)from;
                for (var pair = 0; pair < PackedGroup.BlockColumns / 2; pair++) *(ushort*)(to + pair * 2 * PackedGroup.Rows) = *(ushort*)(from + 2 + 2 * pair);
            }
        }
    }
}
