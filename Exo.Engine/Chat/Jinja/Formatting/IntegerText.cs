using System.Globalization;
using System.Numerics;
using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Integers from text and to text in any base from 2 to 36, as Python's <c>int()</c> and formats read and write them.</summary>
internal static class IntegerText
{
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

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
        var prefixed = text.Length > 1 && text[0] == '0' ? char.ToLowerInvariant(text[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
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

    public static string Write(BigInteger number, int radix)
    {
        if (radix == 10) return number.ToString(CultureInfo.InvariantCulture);
        if (number.IsZero) return "0";
        var digits = new StringBuilder();
        for (var rest = BigInteger.Abs(number); !rest.IsZero; rest /= radix) digits.Insert(0, Digits[(int)(rest % radix)]);
        return number.Sign < 0 ? $"-{digits}" : digits.ToString();
    }

    private static BigInteger? ParseDigits(ReadOnlySpan<char> text, int radix)
    {
        if (text.IsEmpty || text[0] == '_' || text[^1] == '_' || text.IndexOf("__") >= 0 || text.Length > Limits.IntegerDigits) return null;
        var number = BigInteger.Zero;
        foreach (var c in text)
        {
            if (c == '_') continue;
            if (Digit(c) >= radix) return null;
            number = number * radix + Digit(c);
        }

        return number;
    }
}
