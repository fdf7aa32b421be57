using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>Integer products pair by pair of columns.</summary>
internal static unsafe class PairDot
{
    /// <summary>Two columns of every row with one token's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Products<TRegister>(TRegister weights, short* input)
        where TRegister : struct, IRegister<TRegister> => TRegister.MultiplyPairs(weights, TRegister.Repeat(input));

    /// <summary>A block of 32 columns by one token, where nothing is to be gained from how its quants are stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister Block<TFormat, TRegister>(byte* block, int firstRow, short* input)
        where TFormat : struct, IPackedFormat
        where TRegister : struct, IRegister<TRegister>
    {
        var sum = TRegister.Add(Eight<TFormat, TRegister>(block, 0, firstRow, input), Eight<TFormat, TRegister>(block, 1, firstRow, input));
        sum = TRegister.Add(sum, Eight<TFormat, TRegister>(block, 2, firstRow, input));
        return TRegister.Add(sum, Eight<TFormat, TRegister>(block, 3, firstRow, input));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Eight<TFormat, TRegister>(byte* block, int eighth, int firstRow, short* input)
        where TFormat : struct, IPackedFormat
        where TRegister : struct, IRegister<TRegister>
    {
        input += 8 * eighth;
        TFormat.Eight<TRegister>(block, eighth, firstRow, out var p0, out var p1, out var p2, out var p3);
        var (m0, m1, m2, m3) = (Products(p0, input), Products(p1, input + 2), Products(p2, input + 4), Products(p3, input + 6));
        return TRegister.Add(TRegister.Add(m0, m1), TRegister.Add(m2, m3));
    }
}
