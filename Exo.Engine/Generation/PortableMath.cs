using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Generation;

/// <summary>
/// Exponentials and logarithms that are the same bits on every machine: only IEEE additions, multiplications and divisions in one
/// fixed order, never fused, never the operating system's library. Vectors are eight lanes wide whatever the hardware is; where it
/// is narrower the runtime splits them, which changes no lane.
/// </summary>
internal static class PortableMath
{
    private const int Lanes = 8;

    /// <summary>1.5 · 2^23: adding it to a small float leaves the nearest integer in the low bits.</summary>
    private const float Rounding = 12582912f;

    /// <summary>Below it the exponential is taken as 0, so that no result is subnormal.</summary>
    private const float Smallest = -87f;

    /// <summary>destination = exp((values - subtrahend) / divisor), within two units in the last place; at most exp(0) = 1 exactly.</summary>
    /// <param name="values">None above <paramref name="subtrahend"/>; negative infinity gives 0.</param>
    /// <param name="subtrahend">Usually the greatest of the values; finite.</param>
    /// <param name="divisor">Above 0.</param>
    /// <param name="destination">At least as long as <paramref name="values"/>.</param>
    public static void Exp(ReadOnlySpan<float> values, float subtrahend, float divisor, Span<float> destination)
    {
        var shift = Vector256.Create(subtrahend);
        var scale = Vector256.Create(divisor);
        var whole = values.Length - values.Length % Lanes;
        ref var source = ref MemoryMarshal.GetReference(values);
        ref var target = ref MemoryMarshal.GetReference(destination[..values.Length]);
        for (var i = 0; i < whole; i += Lanes)
            Exp((Vector256.LoadUnsafe(ref source, (nuint)i) - shift) / scale).StoreUnsafe(ref target, (nuint)i);

        if (whole == values.Length) return;
        Span<float> last = stackalloc float[Lanes];
        Exp((Tail(values[whole..]) - shift) / scale).CopyTo(last);
        last[..(values.Length - whole)].CopyTo(destination[whole..]);
    }

    /// <summary>Σ exp(values - subtrahend), summed in double over eight interleaved lanes, the lanes then in their order.</summary>
    public static double SumExp(ReadOnlySpan<float> values, float subtrahend)
    {
        var shift = Vector256.Create(subtrahend);
        Vector256<double> low = default, high = default;
        var whole = values.Length - values.Length % Lanes;
        ref var source = ref MemoryMarshal.GetReference(values);
        for (var i = 0; i < whole; i += Lanes)
        {
            var (a, b) = Vector256.Widen(Exp(Vector256.LoadUnsafe(ref source, (nuint)i) - shift));
            low += a;
            high += b;
        }

        if (whole < values.Length)
        {
            var (a, b) = Vector256.Widen(Exp(Tail(values[whole..]) - shift));
            low += a;
            high += b;
        }

        var sum = 0d;
        for (var lane = 0; lane < Lanes / 2; lane++) sum += low[lane];
        for (var lane = 0; lane < Lanes / 2; lane++) sum += high[lane];
        return sum;
    }

    /// <summary>The natural logarithm of a normal positive number: log m + e · log 2 with m in [√½, √2), log m = 2 artanh((m-1)/(m+1)).</summary>
    public static double Log(double value)
    {
        const double ln2 = 0.693147180559945309417;
        const double sqrt2 = 1.41421356237309504880;
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)(bits >> 52) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0xF_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (mantissa >= sqrt2)
        {
            mantissa *= 0.5;
            exponent++;
        }

        var s = (mantissa - 1) / (mantissa + 1);
        var z = s * s;
        var series = 0d;
        for (var odd = 23; odd >= 1; odd -= 2) series = series * z + 1d / odd;
        return exponent * ln2 + 2 * s * series;
    }

    /// <summary>exp(x) for x ≤ 0: x = n · log 2 + r, a polynomial in r (Cephes' expf), and n put into the exponent.</summary>
    private static Vector256<float> Exp(Vector256<float> x)
    {
        var shifted = x * Vector256.Create(1.44269504f) + Vector256.Create(Rounding);
        var n = shifted - Vector256.Create(Rounding);
        var r = x - n * Vector256.Create(0.693359375f);
        r -= n * Vector256.Create(-2.12194440e-4f);

        var p = Vector256.Create(1.9875691500e-4f);
        p = p * r + Vector256.Create(1.3981999507e-3f);
        p = p * r + Vector256.Create(8.3334519073e-3f);
        p = p * r + Vector256.Create(4.1665795894e-2f);
        p = p * r + Vector256.Create(1.6666665459e-1f);
        p = p * r + Vector256.Create(5.0000001201e-1f);
        p = p * (r * r) + r + Vector256<float>.One;

        var exponent = shifted.AsInt32() - Vector256.Create(BitConverter.SingleToInt32Bits(Rounding) - 127);
        var result = p * Vector256.ShiftLeft(exponent, 23).AsSingle();
        return Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256.Create(Smallest)), result, Vector256<float>.Zero);
    }

    /// <summary>Fewer than eight values, filled up with negative infinity.</summary>
    private static Vector256<float> Tail(ReadOnlySpan<float> values)
    {
        Span<float> padded = stackalloc float[Lanes];
        padded.Fill(float.NegativeInfinity);
        values.CopyTo(padded);
        return Vector256.Create((ReadOnlySpan<float>)padded);
    }
}
