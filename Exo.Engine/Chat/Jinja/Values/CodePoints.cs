using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Python counts a string in code points, .NET in UTF-16 units. They are the same where no surrogate occurs; elsewhere positions are
/// converted here. A lone surrogate counts as one, as in Python.
/// </summary>
internal static class CodePoints
{
    public static bool IsFlat(ReadOnlySpan<char> text) => !text.ContainsAnyInRange('\ud800', '\udfff');

    public static int Count(ReadOnlySpan<char> text)
    {
        if (IsFlat(text)) return text.Length;
        var count = text.Length;
        for (var i = 1; i < text.Length; i++)
        {
            if (!char.IsSurrogatePair(text[i - 1], text[i])) continue;
            count--;
            i++;
        }

        return count;
    }

    /// <summary>UTF-16 position of a code point; the text's length where there is none.</summary>
    public static int Offset(string text, int index)
    {
        if (IsFlat(text)) return Math.Min(index, text.Length);
        var offset = 0;
        for (; index > 0 && offset < text.Length; index--) offset += Characters.Width(text, offset);
        return offset;
    }

    /// <summary>Code points before a UTF-16 position.</summary>
    public static int Index(string text, int offset) => Count(text.AsSpan(0, offset));

    /// <summary>Each code point as a string of its own.</summary>
    public static IEnumerable<string> Each(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var width = Characters.Width(text, i);
            yield return text.Substring(i, width);
            i += width;
        }
    }

    /// <summary>The same, the last first.</summary>
    public static IEnumerable<string> EachBackwards(string text)
    {
        for (var end = text.Length; end > 0;)
        {
            var start = end > 1 && char.IsSurrogatePair(text[end - 2], text[end - 1]) ? end - 2 : end - 1;
            yield return text[start..end];
            end = start;
        }
    }

    /// <summary>The text back to front.</summary>
    public static string Reverse(string text)
    {
        var reversed = new StringBuilder(text.Length);
        foreach (var point in EachBackwards(text)) reversed.Append(point);
        return reversed.ToString();
    }

    /// <summary>The text so many times.</summary>
    public static string Repeat(string text, int count) => text.Length switch
    {
        0 => "",
        1 => new string(text[0], count),
        _ => string.Concat(Enumerable.Repeat(text, count)),
    };

    /// <summary>Order by code points; UTF-16 order would put surrogates before U+E000.</summary>
    public static int Compare(string left, string right)
    {
        var common = Math.Min(left.Length, right.Length);
        var i = left.AsSpan(0, common).CommonPrefixLength(right.AsSpan(0, common));
        if (i == common) return left.Length.CompareTo(right.Length);
        return Rank(left[i]).CompareTo(Rank(right[i]));
    }

    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
