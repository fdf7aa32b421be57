using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// A piece of sixteen rows unpacked once for many tokens: a block is [8, 16 rows] lanes of four columns, a byte each, then sixteen float scales, as many sums of weights and,
/// where rows have minimums, as many negated minimums.
/// </summary>
internal readonly unsafe struct BytePanel<TSource> : IByteFormat
    where TSource : struct, IByteFormat
{
    private const int QuadByteCount = 4 * PackedGroup.Rows;
    private const int ScalesAt = PackedGroup.BlockColumns / 4 * QuadByteCount;
    private const int WeightSumsAt = ScalesAt + 4 * PackedGroup.Rows;
    private const int MinimumsAt = WeightSumsAt + 4 * PackedGroup.Rows;

    /// <summary>Bytes of a block of 32 columns.</summary>
    public static int BlockByteCount
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSource.HasMinimum ? MinimumsAt + 4 * PackedGroup.Rows : MinimumsAt;
    }

    public static bool IsStored => false;

    public static bool HasMinimum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSource.HasMinimum;
    }

    public static long GroupByteCount(int columns) => (long)columns / PackedGroup.BlockColumns * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => group + (nint)block * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister first, out TRegister last)
        where TRegister : struct, IByteRegister<TRegister>
    {
        first = TRegister.Load(block + eighth * (2 * QuadByteCount) + 4 * firstRow);
        last = TRegister.Load(block + eighth * (2 * QuadByteCount) + (QuadByteCount + 4 * firstRow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> => TRegister.Load(Block(group, block) + ScalesAt + 4 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> => TSource.HasMinimum ? TRegister.Load(Block(group, block) + MinimumsAt + 4 * firstRow) : TRegister.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister WeightSum<TRegister>(byte* group, int block, int firstRow, TRegister scale, TRegister negatedMinimum, TRegister bytes)
        where TRegister : struct, IByteRegister<TRegister> => TRegister.Load(Block(group, block) + WeightSumsAt + 4 * firstRow);

    /// <summary>Unpacks <paramref name="blocks"/> blocks of a packed group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack<TRegister>(byte* source, int firstBlock, int blocks, byte* panel)
        where TRegister : struct, IByteRegister<TRegister>
    {
        for (var block = firstBlock; block < firstBlock + blocks; block++, panel += BlockByteCount)
        {
            var from = TSource.Block(source, block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var bytes = TRegister.Zero;
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    TSource.Eight<TRegister>(from, eighth, firstRow, out var first, out var last);
                    var at = (float*)(panel + eighth * (2 * QuadByteCount)) + firstRow;
                    TRegister.Store(first, at);
                    TRegister.Store(last, at + PackedGroup.Rows);
                    bytes = TRegister.AddShorts(bytes, TRegister.AddShorts(first, last));
                }

                var scale = TSource.Scale<TRegister>(source, block, firstRow);
                var negatedMinimum = TSource.NegatedMinimum<TRegister>(source, block, firstRow);
                TRegister.Store(scale, (float*)(panel + ScalesAt) + firstRow);
                TRegister.Store(TSource.WeightSum(source, block, firstRow, scale, negatedMinimum, bytes), (float*)(panel + WeightSumsAt) + firstRow);
                if (TSource.HasMinimum) TRegister.Store(negatedMinimum, (float*)(panel + MinimumsAt) + firstRow);
            }
        }
    }

    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group) => throw new NotSupportedException("a panel is unpacked, not packed");
}
