using System.Globalization;
using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Integers from text in any base from 2 to 36, and to text, as Python's <c>int()</c> reads and its formats write them.</summary>
internal static class IntegerText
{
    private const string Digits = "0123456789abcdef";

    /// <summary>A digit's value in any base, or 99.</summary>
    public static int Digit(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'z' => c - 'a' + 10,
        >= 'A' and <= 'Z' => c - 'A' + 10,
        _ => CharUnicodeInfo.GetDecimalDigitValue(c) is var value and >= 0 ? value : 99,
    };

    /// <summary>The number written in <paramref name="text"/>, or null: sign, prefix and single underscores allowed, base 0 by the prefix.</summary>
    public static BigInteger? Parse(ReadOnlySpan<char> text, int radix)
    {
        var first = text.IndexOfAnyExcept(Characters.Spaces);
        if (first < 0) return null;
        text = text[first..(text.LastIndexOfAnyExcept(Characters.Spaces) + 1)];
        var isNegative = text[0] == '-';
        if (text[0] is '-' or '+') text = text[1..];
        var prefix = text.Length > 1 && text[0] == '0' ? char.ToLowerInvariant(text[1]) : '\0';
        var prefixed = prefix switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
        if (prefixed != 0 && (radix == prefixed || radix == 0))
        {
            text = text[2..];
            radix = prefixed;
            if (text.Length > 0 && text[0] == '_') text = text[1..];
        }
        else if (radix == 0)
        {
            if (text.Length > 1 && text[0] == '0' && text.IndexOfAnyExcept('0', '_') >= 0) return null;
            radix = 10;
        }

        return ParseDigits(text, radix) is { } number ? isNegative ? -number : number : null;
    }

    /// <param name="radix">2, 8, 10 or 16.</param>
    public static string Write(BigInteger number, int radix)
    {
        if (radix == 10) return number.ToString(CultureInfo.InvariantCulture);
        if (number.IsZero) return "0";
        var bitsPerDigit = radix switch { 2 => 1, 8 => 3, _ => 4 };
        var bytes = BigInteger.Abs(number).ToByteArray(isUnsigned: true);
        var digits = new char[(bytes.Length * 8 + bitsPerDigit - 1) / bitsPerDigit];
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = 0;
            for (var bit = 0; bit < bitsPerDigit; bit++)
            {
                var at = i * bitsPerDigit + bit;
                if (at / 8 < bytes.Length) digit |= (bytes[at / 8] >> (at % 8) & 1) << bit;
            }

            digits[^(i + 1)] = Digits[digit];
        }

        return (number.Sign < 0 ? "-" : "") + new string(digits).TrimStart('0');
    }

    private static BigInteger? ParseDigits(ReadOnlySpan<char> text, int radix)
    {
        if (text.IsEmpty || text[0] == '_' || text[^1] == '_' || text.IndexOf("__") >= 0 || text.Length > Limits.IntegerDigits) return null;
        // Digits are gathered in an ulong first: a multiplication of the whole number for each one would be quadratic.
        var (number, chunk, scale) = (BigInteger.Zero, 0UL, 1UL);
        foreach (var c in text)
        {
            if (c == '_') continue;
            var digit = Digit(c);
            if (digit >= radix) return null;
            (chunk, scale) = (chunk * (ulong)radix + (ulong)digit, scale * (ulong)radix);
            if (scale < ulong.MaxValue / 36 / 36) continue;
            number = number * scale + chunk;
            (chunk, scale) = (0, 1);
        }

        return number * scale + chunk;
    }
}
