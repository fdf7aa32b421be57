using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// A piece of sixteen rows unpacked once for many tokens: a block is sixteen pairs of columns, [16 rows, 2] 16-bit lanes each, then sixteen float scales and
/// sixteen negated minimums.
/// </summary>
internal readonly unsafe struct PackedPanel<TSource> : IPackedFormat
    where TSource : struct, IPackedFormat
{
    private const int PairByteCount = 4 * PackedGroup.Rows;
    private const int ScalesAt = PackedGroup.BlockColumns / 2 * PairByteCount;
    private const int MinimumsAt = ScalesAt + 4 * PackedGroup.Rows;
    private const int BlockByteCount = MinimumsAt + 4 * PackedGroup.Rows;

    public static bool IsStored => false;

    public static bool HasMinimum => TSource.HasMinimum;

    public static bool IsCostly => false;

    public static int UnitBlocks => 1;

    public static int EightByteCount => 4 * PairByteCount;

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
        where TRegister : struct, IRegister<TRegister> => TRegister.Load(block + eighth * (4 * PairByteCount) + (pair * PairByteCount + 4 * firstRow));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Dot<TRegister>(byte* block, int firstRow, short* input, int* total, int* firstTotal)
        where TRegister : struct, IRegister<TRegister> => PairDot.Block<PackedPanel<TSource>, TRegister>(block, firstRow, input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Load(block + ScalesAt + 4 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Load(block + MinimumsAt + 4 * firstRow);

    /// <summary>Unpacks <paramref name="blocks"/> blocks of a packed group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack<TRegister>(byte* source, int firstBlock, int blocks, byte* panel)
        where TRegister : struct, IRegister<TRegister>
    {
        var shared = stackalloc float[PackedGroup.SharedCount];
        for (var block = 0; block < blocks; block++, panel += BlockByteCount)
        {
            PackedTiles<TSource, TRegister>.Prepare(source, firstBlock + block, shared);
            var from = TSource.Block(source, firstBlock + block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    TSource.Eight<TRegister>(from, eighth, firstRow, out var p0, out var p1, out var p2, out var p3);
                    var at = (float*)(panel + eighth * (4 * PairByteCount) + 4 * firstRow);
                    TRegister.Store(p0, at);
                    TRegister.Store(p1, at + PackedGroup.Rows);
                    TRegister.Store(p2, at + 2 * PackedGroup.Rows);
                    TRegister.Store(p3, at + 3 * PackedGroup.Rows);
                }

                TRegister.Store(TSource.Scale<TRegister>(shared, from, firstRow), (float*)(panel + ScalesAt) + firstRow);
                if (TSource.HasMinimum) TRegister.Store(TSource.NegatedMinimum<TRegister>(shared, from, firstRow), (float*)(panel + MinimumsAt) + firstRow);
            }
        }
    }

    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group) => throw new NotSupportedException("a panel is unpacked, not packed");
}
