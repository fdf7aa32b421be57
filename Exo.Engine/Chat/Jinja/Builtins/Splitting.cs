namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Python's ways to cut a text: on whitespace, on a separator, into lines; from either end, at most so many times. Parts are made as they
/// are asked for, so that the caller can pay for each.
/// </summary>
internal static class Splitting
{
    /// <summary>The words; after <paramref name="most"/> cuts the rest stays whole.</summary>
    public static IEnumerable<string> OnSpaces(string text, int most)
    {
        for (var position = NextWord(text, 0); position < text.Length;)
        {
            var length = most-- == 0 ? -1 : text.AsSpan(position).IndexOfAny(Characters.Spaces);
            if (length < 0)
            {
                yield return text[position..];
                yield break;
            }

            yield return text.Substring(position, length);
            position = NextWord(text, position + length);
        }
    }

    /// <summary>The same cut from the end, the last word first.</summary>
    public static IEnumerable<string> OnSpacesFromEnd(string text, int most)
    {
        for (var end = LastWord(text, text.Length); end > 0;)
        {
            var space = most-- == 0 ? -1 : text.AsSpan(0, end).LastIndexOfAny(Characters.Spaces);
            yield return text[(space + 1)..end];
            if (space < 0) yield break;
            end = LastWord(text, space);
        }
    }

    /// <param name="separator">Not empty.</param>
    public static IEnumerable<string> On(string text, string separator, int most)
    {
        var position = 0;
        while (most-- != 0 && text.IndexOf(separator, position, StringComparison.Ordinal) is var cut and >= 0)
        {
            yield return text[position..cut];
            position = cut + separator.Length;
        }

        yield return text[position..];
    }

    /// <summary>The same cut from the end, the last part first.</summary>
    /// <param name="separator">Not empty.</param>
    public static IEnumerable<string> OnFromEnd(string text, string separator, int most)
    {
        var end = text.Length;
        while (most-- != 0 && text.AsSpan(0, end).LastIndexOf(separator) is var cut and >= 0)
        {
            yield return text[(cut + separator.Length)..end];
            end = cut;
        }

        yield return text[..end];
    }

    /// <summary>The lines; a line break at the end begins no further line.</summary>
    public static IEnumerable<string> Lines(string text, bool keepsEnds)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !Characters.IsLineBreak(text[end])) end++;
            var next = end + (end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n' ? 2 : 1);
            yield return text[start..(keepsEnds ? Math.Min(next, text.Length) : end)];
            start = next;
        }
    }

    private static int NextWord(string text, int from)
    {
        var offset = text.AsSpan(from).IndexOfAnyExcept(Characters.Spaces);
        return offset < 0 ? text.Length : from + offset;
    }

    private static int LastWord(string text, int to) => text.AsSpan(0, to).LastIndexOfAnyExcept(Characters.Spaces) + 1;
}
