using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Halves to floats by integer and one exact product: exponent and mantissa move into place, which makes a number 2¹¹² times too small, subnormal halves
/// included. No infinities or NaNs: weights and scales have none.
/// </summary>
internal static class HalfBits
{
    private const int SignAndMagnitude = unchecked((int)0x8FFFE000);

    /// <summary>2¹¹².</summary>
    private const float Rebias = 5.192296858534828e33f;

    /// <param name="halves">The halves' 16 bits, sign-extended.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToFloat(Vector512<int> halves) => (Vector512.ShiftLeft(halves, 13) & Vector512.Create(SignAndMagnitude)).AsSingle() * Vector512.Create(Rebias);

    /// <inheritdoc cref="ToFloat(Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToFloat(Vector256<int> halves) => (Vector256.ShiftLeft(halves, 13) & Vector256.Create(SignAndMagnitude)).AsSingle() * Vector256.Create(Rebias);

    /// <inheritdoc cref="ToFloat(Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToFloat(Vector128<int> halves) => (Vector128.ShiftLeft(halves, 13) & Vector128.Create(SignAndMagnitude)).AsSingle() * Vector128.Create(Rebias);
}
