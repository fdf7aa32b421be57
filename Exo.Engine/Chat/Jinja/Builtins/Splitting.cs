namespace Exo.Engine.Chat.Jinja;

/// <summary>Python's ways to cut a text: on whitespace, on a separator, into lines; from either end, at most so many times.</summary>
internal static class Splitting
{
    /// <summary>The words; after <paramref name="most"/> cuts the rest stays whole.</summary>
    public static List<string> OnSpaces(string text, int most)
    {
        var parts = new List<string>();
        for (var position = NextWord(text, 0); position < text.Length;)
        {
            var end = parts.Count == most ? -1 : text.AsSpan(position).IndexOfAny(Characters.Spaces);
            if (end < 0)
            {
                parts.Add(text[position..]);
                break;
            }

            parts.Add(text.Substring(position, end));
            position = NextWord(text, position + end);
        }

        return parts;
    }

    /// <summary>The same, cutting from the end.</summary>
    public static List<string> OnSpacesFromEnd(string text, int most)
    {
        var parts = new List<string>();
        for (var end = LastWord(text, text.Length); end > 0;)
        {
            var space = parts.Count == most ? -1 : text.AsSpan(0, end).LastIndexOfAny(Characters.Spaces);
            parts.Add(text[(space + 1)..end]);
            if (space < 0) break;
            end = LastWord(text, space);
        }

        parts.Reverse();
        return parts;
    }

    /// <exception cref="TemplateError">An empty separator.</exception>
    public static List<string> On(string text, string separator, int most)
    {
        if (separator.Length == 0) throw new TemplateError("empty separator");
        var parts = new List<string>();
        var position = 0;
        while (parts.Count < most && text.IndexOf(separator, position, StringComparison.Ordinal) is var cut and >= 0)
        {
            parts.Add(text[position..cut]);
            position = cut + separator.Length;
        }

        parts.Add(text[position..]);
        return parts;
    }

    /// <exception cref="TemplateError">An empty separator.</exception>
    public static List<string> OnFromEnd(string text, string separator, int most)
    {
        if (separator.Length == 0) throw new TemplateError("empty separator");
        var parts = new List<string>();
        var end = text.Length;
        while (parts.Count < most && text.AsSpan(0, end).LastIndexOf(separator) is var cut and >= 0)
        {
            parts.Add(text[(cut + separator.Length)..end]);
            end = cut;
        }

        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }

    /// <summary>The lines; a line break at the end begins no further line.</summary>
    public static List<string> Lines(string text, bool keepsEnds)
    {
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !Characters.IsLineBreak(text[end])) end++;
            var next = end + (end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n' ? 2 : 1);
            lines.Add(text[start..(keepsEnds ? Math.Min(next, text.Length) : end)]);
            start = next;
        }

        return lines;
    }

    private static int NextWord(string text, int from)
    {
        var offset = text.AsSpan(from).IndexOfAnyExcept(Characters.Spaces);
        return offset < 0 ? text.Length : from + offset;
    }

    private static int LastWord(string text, int to) => text.AsSpan(0, to).LastIndexOfAnyExcept(Characters.Spaces) + 1;
}
