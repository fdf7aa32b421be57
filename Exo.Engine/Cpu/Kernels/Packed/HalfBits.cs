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
    public const float Rebias = 5.192296858534828e33f;

    /// <param name="halves">The halves' 16 bits, sign-extended.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToFloat(Vector512<int> halves) => ToFoldedFloat(halves) * Vector512.Create(Rebias);

    /// <inheritdoc cref="ToFoldedFloat(Vector256{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToFoldedFloat(Vector512<int> halves) => (Vector512.ShiftLeft(halves, 13) & Vector512.Create(SignAndMagnitude)).AsSingle();

    /// <inheritdoc cref="ToFloat(Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToFloat(Vector256<int> halves) => ToFoldedFloat(halves) * Vector256.Create(Rebias);

    /// <summary>The number 2¹¹² times too small.</summary>
    /// <param name="halves">The halves' 16 bits, sign-extended.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToFoldedFloat(Vector256<int> halves) => (Vector256.ShiftLeft(halves, 13) & Vector256.Create(SignAndMagnitude)).AsSingle();

    /// <summary>
    /// As <see cref="ToFoldedFloat(Vector256{int})"/> by one of four masks that do the same: bits that are zero anyway tell them and their elements apart, so that the compiler
    /// takes each from memory as it is needed and gives none a register.
    /// </summary>
    /// <param name="mask">0 to 3, a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToFoldedFloat(Vector256<int> halves, int mask)
    {
        var bits = Vector256.ShiftLeft(halves, 13);
        return (mask switch
        {
            0 => bits & (Vector256.Create(SignAndMagnitude) | Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7)),
            1 => bits & (Vector256.Create(SignAndMagnitude) | Vector256.Create(1, 2, 3, 4, 5, 6, 7, 8)),
            2 => bits & (Vector256.Create(SignAndMagnitude) | Vector256.Create(2, 3, 4, 5, 6, 7, 8, 9)),
            _ => bits & (Vector256.Create(SignAndMagnitude) | Vector256.Create(3, 4, 5, 6, 7, 8, 9, 10)),
        }).AsSingle();
    }

    /// <inheritdoc cref="ToFloat(Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToFloat(Vector128<int> halves) => (Vector128.ShiftLeft(halves, 13) & Vector128.Create(SignAndMagnitude)).AsSingle() * Vector128.Create(Rebias);
}
