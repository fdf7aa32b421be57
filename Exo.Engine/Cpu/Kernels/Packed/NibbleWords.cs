using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// A block of 32 columns as products of bytes take them: [4, 16 rows] words of four bytes each, whose low nibbles are four of the first sixteen columns and whose high nibbles
/// four of the last.
/// </summary>
internal static unsafe class NibbleWords
{
    /// <summary>Bytes of sixteen rows' block.</summary>
    public const int BlockByteCount = 4 * EightByteCount;

    /// <summary>The low nibbles of a word.</summary>
    public const uint Low = 0x0F0F0F0F;

    private const int EightByteCount = 4 * PackedGroup.Rows;
    private const short LowNibbles = 0x0F0F;

    /// <summary>Four of the first sixteen columns and the same four of the last, a byte each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Spread<TRegister>(byte* block, int eighth, int firstRow, out TRegister first, out TRegister last)
        where TRegister : struct, IByteRegister<TRegister>
    {
        var words = TRegister.Load(block + eighth * EightByteCount + 4 * firstRow);
        var mask = TRegister.BroadcastShort(LowNibbles);
        first = TRegister.And(words, mask);
        last = TRegister.And(TRegister.ShiftRight(words, 4), mask);
    }

    /// <summary>A row's word.</summary>
    public static void Store(byte* block, int eighth, int row, uint word) => ((uint*)(block + eighth * EightByteCount))[row] = word;
}
