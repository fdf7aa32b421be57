using System.Runtime.CompilerServices;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>Where a tile's sums are between blocks: in registers, or in memory where the machine has too few.</summary>
internal static unsafe class TileSums<TRegister>
    where TRegister : struct, IByteRegister<TRegister>
{
    /// <summary>Whether a tile of this many tokens holds its sums in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Hold(int tokens) => TRegister.Rows == PackedGroup.Rows && tokens <= TRegister.HeldSums;

    /// <summary>A token's sums before the first block, if they are held.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TRegister First(float* at, int tokens) => Hold(tokens) ? TRegister.Load(at) : TRegister.Zero;

    /// <summary>A token's sums after the last block, if they were held.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Last(TRegister sum, float* at, int tokens)
    {
        if (Hold(tokens)) TRegister.Store(sum, at);
    }
}
