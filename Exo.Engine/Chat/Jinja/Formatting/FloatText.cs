using System.Globalization;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Doubles as Python writes them.</summary>
internal static class FloatText
{
    /// <summary>The shortest text that reads back as the same number: "1.0", "1e+16", "1e-05", "inf", "nan".</summary>
    public static string Repr(double number)
    {
        if (Special(number) is { } special) return special;
        var (digits, exponent) = Shortest(number);
        var sign = double.IsNegative(number) ? "-" : "";
        if (exponent is < -4 or >= 16) return sign + Scientific(digits, exponent);
        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1
            ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>"inf", "-inf" or "nan", or null for the rest.</summary>
    public static string? Special(double number) =>
        double.IsNaN(number) ? "nan" : double.IsPositiveInfinity(number) ? "inf" : double.IsNegativeInfinity(number) ? "-inf" : null;

    /// <summary>Python's conversions without sign: <c>f F e E g G</c> and <c>%</c>.</summary>
    /// <param name="precision">Digits after the point, significant digits for g.</param>
    /// <param name="keepsZeros">Whether g keeps the zeros at the end (the flag #).</param>
    public static string Format(double number, char conversion, int precision, bool keepsZeros = false)
    {
        if (precision > Limits.Precision) throw TemplateError.Limit($"a number format asks for more than {Limits.Precision} digits");
        if (Special(Math.Abs(number)) is { } special) return char.IsUpper(conversion) ? special.ToUpperInvariant() : special;
        var text = char.ToLowerInvariant(conversion) switch
        {
            'e' => Exponential(number, precision, keepsZeros),
            'g' => General(number, Math.Max(precision, 1), keepsZeros, isNatural: false),
            _ => ExactDecimal.Fixed(number, precision) + (keepsZeros && precision == 0 ? "." : ""),
        };
        return char.IsUpper(conversion) ? text.ToUpperInvariant() : text;
    }

    /// <summary>
    /// At most <paramref name="precision"/> significant digits, and like <see cref="Repr"/> always one after the point or an exponent. No sign.
    /// </summary>
    public static string Natural(double number, int precision, bool keepsZeros)
    {
        if (precision > Limits.Precision) throw TemplateError.Limit($"a number format asks for more than {Limits.Precision} digits");
        return Special(number) ?? General(number, Math.Max(precision, 1), keepsZeros, isNatural: true);
    }

    private static string Exponential(double number, int precision, bool keepsPoint)
    {
        var (digits, exponent) = ExactDecimal.Significant(number, precision + 1);
        return $"{digits[..1]}{(precision > 0 || keepsPoint ? "." : "")}{digits[1..]}{ExponentText(exponent)}";
    }

    private static string General(double number, int precision, bool keepsZeros, bool isNatural)
    {
        var (digits, exponent) = ExactDecimal.Significant(number, precision);
        var isScientific = exponent < -4 || exponent >= precision - (isNatural ? 1 : 0);
        if (!keepsZeros) digits = digits.TrimEnd('0') is { Length: > 0 } trimmed ? trimmed : "0";
        if (isScientific) return Scientific(digits, exponent) is var text && keepsZeros && digits.Length == 1 ? text.Insert(1, ".") : text;
        if (exponent < 0) return $"0.{new string('0', -exponent - 1)}{digits}";
        var whole = digits.Length > exponent + 1 ? digits[..(exponent + 1)] : digits.PadRight(exponent + 1, '0');
        var fraction = digits.Length > exponent + 1 ? digits[(exponent + 1)..] : "";
        if (fraction.Length == 0 && isNatural) return $"{whole}.0";
        return fraction.Length > 0 || keepsZeros ? $"{whole}.{fraction}" : whole;
    }

    private static string Scientific(string digits, int exponent) =>
        $"{digits[..1]}{(digits.Length > 1 ? "." : "")}{digits[1..]}{ExponentText(exponent)}";

    private static string ExponentText(int exponent) =>
        $"e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";

    /// <summary>The shortest round-trip digits and the power of ten of the first one.</summary>
    private static (string Digits, int Exponent) Shortest(double number)
    {
        if (number == 0) return ("0", 0);
        var parts = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var point = parts[0].IndexOf('.') is var at and >= 0 ? at : parts[0].Length;
        var digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        var leadingZeros = digits.Length - digits.TrimStart('0').Length;
        var scale = parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        return (digits.Trim('0'), scale + point - 1 - leadingZeros);
    }
}
