using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// eˣ, the same bits on every machine: library functions differ by platform in the last bit, this one is additions and fused
/// multiply-adds in a fixed order.
/// </summary>
internal static class Exponential
{
    private const float Log2E = 1.44269504088896341f;

    /// <summary>ln 2 in two parts, so that x - n ln 2 stays exact.</summary>
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>Below it the result is 0 (the smallest normal number is e^-87.3).</summary>
    private const float Lowest = -87.33654f;
    private const float Highest = 88.3762626647949f;

    /// <summary>The minimax polynomial's terms, 1 + r + r² · (<see cref="Term2"/> + …), of the Cephes library.</summary>
    private const float Term2 = 5.0000001201e-1f;
    private const float Term3 = 1.6666665459e-1f;
    private const float Term4 = 4.1665795894e-2f;
    private const float Term5 = 8.3334519073e-3f;
    private const float Term6 = 1.3981999507e-3f;
    private const float Term7 = 1.9875691500e-4f;

    /// <summary>
    /// eˣ for each lane, relative error under 2e-7: 2ⁿ · p(x - n ln 2) with a polynomial.
    /// 0 below -87.3 (and at -∞), clamped above 88.3.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        var underflow = Vector256.LessThan(x, Vector256.Create(Lowest));
        x = Vector256.Min(Vector256.Max(x, Vector256.Create(Lowest)), Vector256.Create(Highest));

        var n = Vector256.Floor(Lanes.Fma(x, Vector256.Create(Log2E), Vector256.Create(0.5f)));
        var r = Lanes.Fma(n, Vector256.Create(-Ln2High), x);
        r = Lanes.Fma(n, Vector256.Create(-Ln2Low), r);

        var p = Vector256.Create(Term7);
        p = Lanes.Fma(p, r, Vector256.Create(Term6));
        p = Lanes.Fma(p, r, Vector256.Create(Term5));
        p = Lanes.Fma(p, r, Vector256.Create(Term4));
        p = Lanes.Fma(p, r, Vector256.Create(Term3));
        p = Lanes.Fma(p, r, Vector256.Create(Term2));
        p = Lanes.Fma(p, r * r, r + Vector256<float>.One);

        var power = Vector256.ShiftLeft(Vector256.ConvertToInt32(n) + Vector256.Create(127), 23).AsSingle();
        return Vector256.AndNot(p * power, underflow.AsSingle());
    }

    /// <summary>As <see cref="Exp(Vector256{float})"/>, sixteen lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var underflow = Vector512.LessThan(x, Vector512.Create(Lowest));
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(Lowest)), Vector512.Create(Highest));

        var n = Vector512.Floor(Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), Vector512.Create(0.5f)));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);

        var p = Vector512.Create(Term7);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(Term6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(Term5));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(Term4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(Term3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(Term2));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);

        var power = Vector512.ShiftLeft(Vector512.ConvertToInt32(n) + Vector512.Create(127), 23).AsSingle();
        return Vector512.AndNot(p * power, underflow.AsSingle());
    }

    /// <summary>tanh x = 1 - 2 / (e²ˣ + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        var two = Vector256.Create(2f);
        return Vector256<float>.One - two / (Exp(x * two) + Vector256<float>.One);
    }

    /// <summary>eˣ of one number, by the same steps.</summary>
    public static float Exp(float x) => Exp(Vector256.Create(x)).ToScalar();
}
