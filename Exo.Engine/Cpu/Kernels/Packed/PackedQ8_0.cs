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

    public static int Offset => 0;

    public static int EightByteCount => 8 * PackedGroup.Rows;

    public static long GroupByteCount(int columns) => (long)columns / PackedGroup.BlockColumns * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long EightAt(int block, int eighth) => (long)block * BlockByteCount + eighth * EightByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* group, int block, int eighth, int firstRow, out TRegister p0, out TRegister p1, out TRegister p2, out TRegister p3)
        where TRegister : struct, IRegister<TRegister>
    {
        var at = group + (nint)block * BlockByteCount + eighth * (8 * PackedGroup.Rows) + 2 * firstRow;
        p0 = TRegister.LoadSignedBytes(at);
        p1 = TRegister.LoadSignedBytes(at + 2 * PackedGroup.Rows);
        p2 = TRegister.LoadSignedBytes(at + 4 * PackedGroup.Rows);
        p3 = TRegister.LoadSignedBytes(at + 6 * PackedGroup.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.LoadHalves(group + (nint)block * BlockByteCount + QuantByteCount + 2 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Zero;

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
