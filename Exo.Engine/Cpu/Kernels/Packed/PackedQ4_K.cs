using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>Q4_K: <see cref="Q4_KUnits"/> whose blocks' quants are <see cref="NibbleWords"/>.</summary>
internal readonly unsafe struct PackedQ4_K : IByteFormat, IQuantOrder
{
    public static bool IsStored => true;

    public static bool HasMinimum => true;

    public static long GroupByteCount(int columns) => Q4_KUnits.GroupByteCount(columns);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Block(byte* group, int block) => Q4_KUnits.Block(group, block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister first, out TRegister last)
        where TRegister : struct, IByteRegister<TRegister> => NibbleWords.Spread(block, eighth, firstRow, out first, out last);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Scale<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> =>
        TRegister.Multiply(Q4_KUnits.UnitScale<TRegister>(group, block, firstRow), Q4_KUnits.BlockScale<TRegister>(Block(group, block), firstRow));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister NegatedMinimum<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister> =>
        TRegister.Multiply(Q4_KUnits.UnitMinimum<TRegister>(group, block, firstRow), Q4_KUnits.BlockMinimum<TRegister>(Block(group, block), firstRow));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister WeightSum<TRegister>(byte* group, int block, int firstRow, TRegister scale, TRegister negatedMinimum, TRegister bytes)
        where TRegister : struct, IByteRegister<TRegister> =>
        TRegister.Fma(scale, TRegister.ToFloats(TRegister.SumBytes(bytes)), TRegister.Multiply(negatedMinimum, TRegister.Broadcast((float)PackedGroup.BlockColumns)));

    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group) => Q4_KUnits.Pack<PackedQ4_K>(source, rowByteCount, rows, columns, group);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather(byte* quants, int shift, int row, byte* block)
    {
        var words = (uint*)quants;
        for (var eighth = 0; eighth < 4; eighth++)
            NibbleWords.Store(block, eighth, row, (words[eighth] >> shift & NibbleWords.Low) | (words[eighth + 4] >> shift & NibbleWords.Low) << 4);
    }
}
