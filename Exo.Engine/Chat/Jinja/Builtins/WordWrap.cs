using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>The filter <c>wordwrap</c>: each line of a text wrapped by itself, as Python's textwrap does it.</summary>
/// <param name="width">Code points of a line.</param>
/// <param name="breaksWords">Whether words longer than a line are broken.</param>
/// <param name="breaksHyphens">Whether lines may break after a hyphen between letters.</param>
internal sealed class WordWrap(int width, bool breaksWords, bool breaksHyphens)
{
    /// <summary>What textwrap calls whitespace; it knows no other than ASCII's.</summary>
    private const string Blank = "\t\n\v\f\r ";

    public static readonly Builtin Filter = new("wordwrap", "width?, break_long_words?, wrapstring?, break_on_hyphens?", Apply);

    private static StringValue Apply(BuiltinCall call)
    {
        if (call.Self is not StringValue text) throw call.WrongSelf("a string");
        call.Rendering.Spend(text.Text.Length);
        var width = call.Integer(0, 79);
        if (width <= 0) throw new TemplateError($"wordwrap needs a width above 0, not {width}");
        var wrap = new WordWrap(width, call[1]?.IsTrue ?? true, call[3]?.IsTrue ?? true);
        var separator = call.TextOrNull(2) ?? "\n";
        var result = new TextBuilder(call.Rendering);
        foreach (var (index, line) in Splitting.Lines(text.Text, keepsEnds: false).SelectMany(wrap.Lines).Index())
        {
            if (index > 0) result.Append(separator);
            result.Append(line);
        }

        return new StringValue(result.ToString());
    }

    /// <summary>One line wrapped, an empty one kept. Whitespace at a break is dropped.</summary>
    private IEnumerable<string> Lines(string text)
    {
        var lines = CodePoints.IsFlat(text) ? Ranges(text).Select(range => text[range]) : PointLines(text);
        return lines.DefaultIfEmpty("");
    }

    /// <summary>The same where a width is not a count of UTF-16 units: each point outside the first plane stands as one unit meanwhile.</summary>
    private IEnumerable<string> PointLines(string text)
    {
        string[] points = [.. CodePoints.Each(text)];
        var flat = string.Concat(points.Select(point => point.Length == 1 ? point : "\uE000"));
        return Ranges(flat).Select(range => string.Concat(points[range]));
    }

    private IEnumerable<Range> Ranges(string text)
    {
        var (position, hasLines) = (0, false);
        while (position < text.Length)
        {
            var start = hasLines ? SkipSpaces(text, position) : position;
            position = LineEnd(text, start);
            var length = text.AsSpan(start, position - start).TrimEnd(Blank).Length;
            if (length == 0) continue;
            hasLines = true;
            yield return start..(start + length);
        }
    }

    private static int SkipSpaces(string text, int position)
    {
        while (position < text.Length && Blank.Contains(text[position])) position++;
        return position;
    }

    /// <summary>Where the line that begins at <paramref name="start"/> breaks.</summary>
    private int LineEnd(string text, int start)
    {
        var end = start;
        while (end < text.Length)
        {
            var next = ChunkEnd(text, end);
            if (next - start <= width) end = next;
            else if (next - end <= width) break;
            else return breaksWords ? BreakWord(text, end, start + width) : end == start ? next : end;
        }

        return end;
    }

    /// <summary>Where to break a word too long for any line: after its last hyphen that fits, or where the line is full.</summary>
    private int BreakWord(string text, int word, int full)
    {
        var fitting = text.AsSpan(word, full - word);
        var hyphen = breaksHyphens ? fitting.LastIndexOf('-') : -1;
        return hyphen > 0 && fitting[..hyphen].IndexOfAnyExcept('-') >= 0 ? word + hyphen + 1 : full;
    }

    /// <summary>Where the word or run of spaces that begins at <paramref name="start"/> ends.</summary>
    private int ChunkEnd(string text, int start)
    {
        var end = start + 1;
        var isSpace = Blank.Contains(text[start]);
        // A chunk too long for any line need not be seen to its end, unless it stays whole.
        while (end < text.Length && !(breaksWords && end - start > width) && Blank.Contains(text[end]) == isSpace)
        {
            if (BreaksBefore(text, start, end)) break;
            end++;
        }

        return end;
    }

    private bool BreaksBefore(string text, int start, int end) =>
        breaksHyphens && text[end - 1] == '-' && end - 2 >= start && char.IsLetter(text[end - 2]) && char.IsLetter(text[end]);
}
