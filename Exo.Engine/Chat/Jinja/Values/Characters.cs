using System.Buffers;
using System.Globalization;
using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Python's classes of characters, where .NET's differ.</summary>
internal static class Characters
{
    private const string SpaceCharacters =
        "\t\n\v\f\r\x1c\x1d\x1e\x1f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

    /// <summary>What <c>str.isspace</c> and <c>str.strip</c> call whitespace.</summary>
    public static readonly SearchValues<char> Spaces = SearchValues.Create(SpaceCharacters);

    public static bool IsSpace(char c) => Spaces.Contains(c);

    /// <summary>Where <c>str.splitlines</c> breaks.</summary>
    public static bool IsLineBreak(char c) => c is '\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\u0085' or '\u2028' or '\u2029';

    /// <summary>UTF-16 units of the code point at <paramref name="position"/>: 1, or 2 for a surrogate pair.</summary>
    public static int Width(string text, int position) =>
        char.IsHighSurrogate(text[position]) && position + 1 < text.Length && char.IsLowSurrogate(text[position + 1]) ? 2 : 1;

    /// <summary>Whether the code point at <paramref name="position"/> may stand in an identifier: a letter, digit, mark or underscore.</summary>
    public static bool IsWord(string text, int position) => CharUnicodeInfo.GetUnicodeCategory(text, position) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark
        or UnicodeCategory.SpacingCombiningMark || text[position] == '_';

    /// <summary><c>str.isprintable</c> for one code point: what <c>repr</c> does not escape.</summary>
    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    public static bool IsAlphabetic(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter
        or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter;

    public static bool IsDecimal(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber;

    /// <summary>A decimal digit or one set above or below the line (², ₂, ①).</summary>
    public static bool IsDigit(Rune rune)
    {
        var text = rune.ToString();
        return IsDecimal(rune) || CharUnicodeInfo.GetDigitValue(text, 0) >= 0;
    }

    public static bool IsNumeric(Rune rune) => IsDigit(rune) || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber || CharUnicodeInfo.GetNumericValue(rune.ToString(), 0) >= 0;

    public static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;
}
