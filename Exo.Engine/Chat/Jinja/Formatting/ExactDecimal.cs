using System.Globalization;
using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Decimal digits of a double's exact value, ties to even: what C's printf and Python's formats give, and .NET's (ties away from zero) do not.
/// </summary>
internal static class ExactDecimal
{
    /// <summary>|number| · 10^decimals, rounded to a whole number. <paramref name="decimals"/> may be negative.</summary>
    public static BigInteger Scaled(double number, int decimals)
    {
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(number));
        var exponent = (int)(bits >> 52);
        BigInteger numerator = bits & 0xFFFFFFFFFFFFF;
        if (exponent == 0) exponent = 1;
        else numerator |= 1L << 52;
        exponent -= 1075;
        var denominator = BigInteger.One;
        if (exponent > 0) numerator <<= exponent;
        else denominator <<= -exponent;
        if (decimals > 0) numerator *= BigInteger.Pow(10, decimals);
        else denominator *= BigInteger.Pow(10, -decimals);
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var half = (2 * remainder).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    /// <summary>"123.450": <paramref name="decimals"/> digits after the point, no sign.</summary>
    public static string Fixed(double number, int decimals)
    {
        var digits = Scaled(number, decimals).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return decimals == 0 ? digits : $"{digits[..^decimals]}.{digits[^decimals..]}";
    }

    /// <summary>The first <paramref name="count"/> significant digits and the power of ten of the first one.</summary>
    public static (string Digits, int Exponent) Significant(double number, int count)
    {
        if (number == 0) return (new string('0', count), 0);
        var exponent = (int)Math.Floor(Math.Log10(Math.Abs(number)));
        while (true)
        {
            var digits = Scaled(number, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == count) return (digits, exponent);
            exponent += digits.Length > count ? 1 : -1;
        }
    }

    /// <summary>The double nearest to <paramref name="number"/> with that many decimals, ties to even; Python's <c>round</c>.</summary>
    public static double Round(double number, int decimals)
    {
        // Beyond these a double has no digits left to round, or none to keep.
        if (!double.IsFinite(number) || decimals > 323) return number;
        if (decimals < -308) return Math.CopySign(0, number);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Scaled(number, decimals)}E{-decimals}");
        var rounded = double.Parse(text, CultureInfo.InvariantCulture);
        if (double.IsInfinity(rounded)) throw new TemplateError("rounded value too large to represent");
        return Math.CopySign(rounded, number);
    }
}
