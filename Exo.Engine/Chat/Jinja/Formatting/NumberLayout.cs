namespace Exo.Engine.Chat.Jinja;

/// <summary>Sign, prefix, grouping and padding of a formatted number or text, shared by <c>%</c> and <c>format</c>.</summary>
internal static class NumberLayout
{
    /// <summary>The sign a number shows: '-', or what <paramref name="option"/> ('+', ' ' or '-') asks for a positive one.</summary>
    public static string Sign(bool isNegative, char option) => isNegative ? "-" : option is '+' or ' ' ? option.ToString() : "";

    /// <summary>Digits in groups of <paramref name="size"/> from the right, with zeros before them up to <paramref name="width"/>.</summary>
    public static string Group(string digits, string separator, int size, int width)
    {
        var count = digits.Length;
        while (count + (count - 1) / size * separator.Length < width) count++;
        digits = digits.PadLeft(count, '0');
        var first = count % size;
        var groups = Enumerable.Range(0, count / size).Select(i => digits.Substring(first + i * size, size));
        return string.Join(separator, first > 0 ? groups.Prepend(digits[..first]) : groups);
    }

    /// <summary>Fills to <paramref name="width"/> code points; '=' puts the fill between head and body.</summary>
    public static string Pad(string head, string body, string fill, char align, int width, Rendering rendering)
    {
        var missing = width - CodePoints.Count(head) - CodePoints.Count(body);
        if (missing <= 0) return head + body;
        rendering.ReserveText(width);
        string Fill(int count) => CodePoints.Repeat(fill, count);
        return align switch
        {
            '<' => head + body + Fill(missing),
            '^' => Fill(missing / 2) + head + body + Fill(missing - missing / 2),
            '=' => head + Fill(missing) + body,
            _ => Fill(missing) + head + body,
        };
    }
}
