using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// A piece of sixteen rows of <see cref="PackedQ4_0"/> unpacked once for many tokens: a block is [8, 16 rows] lanes of four columns, a byte each, then sixteen float scales
/// and as many scaled sums.
/// </summary>
internal readonly unsafe struct BytePanel : IByteFormat
{
    private const int QuadByteCount = 4 * PackedGroup.Rows;
    private const int ScalesAt = PackedGroup.BlockColumns / 4 * QuadByteCount;
    private const int ScaledSumsAt = ScalesAt + 4 * PackedGroup.Rows;

    /// <summary>Bytes of a block of 32 columns.</summary>
    public const int BlockByteCount = ScaledSumsAt + 4 * PackedGroup.Rows;

    public static bool IsStored => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => group + (nint)block * BlockByteCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister first, out TRegister last)
        where TRegister : struct, IRegister<TRegister>
    {
        first = TRegister.Load(block + eighth * (2 * QuadByteCount) + 4 * firstRow);
        last = TRegister.Load(block + eighth * (2 * QuadByteCount) + (QuadByteCount + 4 * firstRow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister> => TRegister.Load(block + ScalesAt + 4 * firstRow);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister ScaledSum<TRegister>(byte* block, int firstRow, TRegister scale, TRegister sums)
        where TRegister : struct, IRegister<TRegister> => TRegister.Load(block + ScaledSumsAt + 4 * firstRow);

    /// <summary>Unpacks <paramref name="blocks"/> blocks of a packed group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack<TRegister>(byte* source, int firstBlock, int blocks, byte* panel)
        where TRegister : struct, IRegister<TRegister>
    {
        for (var block = 0; block < blocks; block++, panel += BlockByteCount)
        {
            var from = PackedQ4_0.Block(source, firstBlock + block);
            for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows)
            {
                var sums = TRegister.Zero;
                for (var eighth = 0; eighth < 4; eighth++)
                {
                    PackedQ4_0.Eight<TRegister>(from, eighth, firstRow, out var first, out var last);
                    var at = (float*)(panel + eighth * (2 * QuadByteCount)) + firstRow;
                    TRegister.Store(first, at);
                    TRegister.Store(last, at + PackedGroup.Rows);
                    sums = TRegister.AddShorts(sums, TRegister.AddShorts(first, last));
                }

                var scale = PackedQ4_0.Scale<TRegister>(from, firstRow);
                TRegister.Store(scale, (float*)(panel + ScalesAt) + firstRow);
                TRegister.Store(PackedQ4_0.ScaledSum(from, firstRow, scale, sums), (float*)(panel + ScaledSumsAt) + firstRow);
            }
        }
    }
}
