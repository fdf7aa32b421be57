using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Q4_0: a block is <see cref="NibbleWords"/>, which are the file's own words, then sixteen half scales: as many bytes as in the file.
/// </summary>
internal readonly unsafe struct PackedQ4_0 : IByteFormat
{
    private const int ScalesAt = NibbleWords.BlockByteCount;
    private const int BlockByteCount = ScalesAt + 2 * PackedGroup.Rows;
    private const int SourceBlockByteCount = 18;

    public static bool IsStored => true;

    public static bool HasMinimum => false;

    public static long GroupByteCount(int columns) => (long)columns / PackedGroup.BlockColumns * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => group + (nint)block * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister first, out TRegister last)
        where TRegister : struct, IByteRegister<TRegister> => NibbleWords.Spread(block, eighth, firstRow, out first, out last);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> => TRegister.LoadHalves(Block(group, block) + ScalesAt + 2 * firstRow);

    public static TRegister NegatedMinimum<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> => TRegister.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister WeightSum<TRegister>(byte* group, int block, int firstRow, TRegister scale, TRegister negatedMinimum, TRegister bytes)
        where TRegister : struct, IByteRegister<TRegister> =>
        TRegister.Multiply(scale, TRegister.ToFloats(TRegister.Add(TRegister.SumBytes(bytes), TRegister.Broadcast(-IByteFormat.Middle * PackedGroup.BlockColumns))));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group)
    {
        for (var row = 0; row < rows; row++)
        {
            var from = source + row * rowByteCount;
            var to = group;
            for (var block = 0; block < columns / PackedGroup.BlockColumns; block++, from += SourceBlockByteCount, to += BlockByteCount)
            {
                ((ushort*)(to + ScalesAt))[row] = *(ushort*)from;
                for (var eighth = 0; eighth < 4; eighth++) NibbleWords.Store(to, eighth, row, ((uint*)(from + 2))[eighth]);
            }
        }
    }
}
