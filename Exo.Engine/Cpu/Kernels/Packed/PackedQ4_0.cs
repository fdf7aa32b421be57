using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Q4_0: a block is [4, 16 rows] words of the file, four bytes each, whose low nibbles are four of the first sixteen columns and whose high nibbles four of the last, then
/// sixteen half scales: as many bytes as in the file.
/// </summary>
internal readonly unsafe struct PackedQ4_0 : IByteFormat
{
    private const int EightByteCount = 4 * PackedGroup.Rows;
    private const int ScalesAt = 4 * EightByteCount;
    private const int BlockByteCount = ScalesAt + 2 * PackedGroup.Rows;
    private const int SourceBlockByteCount = 18;
    private const short LowNibbles = 0x0F0F, Ones = 0x0101;

    public static bool IsStored => true;

    public static long GroupByteCount(int columns) => (long)columns / PackedGroup.BlockColumns * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => group + (nint)block * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister first, out TRegister last)
        where TRegister : struct, IRegister<TRegister>
    {
        var words = TRegister.Load(block + eighth * EightByteCount + 4 * firstRow);
        var mask = TRegister.BroadcastShort(LowNibbles);
        first = TRegister.And(words, mask);
        last = TRegister.And(TRegister.ShiftRight(words, 4), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.LoadHalves(block + ScalesAt + 2 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister ScaledSum<TRegister>(byte* block, int firstRow, TRegister scale, TRegister sums)
        where TRegister : struct, IRegister<TRegister>
    {
        var pairs = TRegister.MultiplyBytes(sums, TRegister.BroadcastShort(Ones));
        var all = TRegister.MultiplyPairs(pairs, TRegister.BroadcastShort(1));
        return TRegister.Multiply(scale, TRegister.ToFloats(TRegister.Add(all, TRegister.Broadcast(-IByteFormat.Middle * PackedGroup.BlockColumns))));
    }

    /// <summary>Repacks rows as GGUF stores them.</summary>
    /// <param name="source">The first row.</param>
    /// <param name="rowByteCount">From one row to the next.</param>
    /// <param name="rows">1 to 16; the rest become zeros.</param>
    /// <param name="group">[<see cref="GroupByteCount"/>], zeroed.</param>
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
                for (var eighth = 0; eighth < 4; eighth++) ((uint*)(to + eighth * EightByteCount))[row] = ((uint*)(from + 2))[eighth];
            }
        }
    }
}
