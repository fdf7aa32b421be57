using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Filters that lay lines out: <c>indent</c> and <c>wordwrap</c>.</summary>
internal static class LayoutFilters
{
    public static readonly Builtin[] All =
    [
        new("indent", "width?, first?, blank?", Indent),
        new("wordwrap", "width?, break_long_words?, wrapstring?, break_on_hyphens?", WordWrap),
    ];

    private static StringValue Indent(BuiltinCall call)
    {
        if (call.Self is not StringValue text) throw call.Self is UndefinedValue undefined ? undefined.Error() : new TemplateError($"indent needs a string, not '{call.Self.TypeName}'");
        var width = call[0] is StringValue ? 0 : call.Integer(0, 4);
        call.Rendering.ReserveText(width);
        var indentation = call[0] is StringValue given ? given.Text : new string(' ', Math.Max(width, 0));
        var (indentsFirst, indentsBlank) = (call.Flag(1), call.Flag(2));
        var result = new TextBuilder(call.Rendering);
        var lines = Splitting.Lines(text.Text + "\n", keepsEnds: false);
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0) result.Append("\n");
            if (i == 0 ? indentsFirst : indentsBlank || lines[i].Length > 0) result.Append(indentation);
            result.Append(lines[i]);
        }

        return text.With(result.ToString());
    }

    private static StringValue WordWrap(BuiltinCall call)
    {
        var width = call.Integer(0, 79);
        if (width <= 0) throw new TemplateError($"wordwrap needs a width above 0, not {width}");
        var breaksWords = call[1]?.IsTrue ?? true;
        var breaksHyphens = call[3]?.IsTrue ?? true;
        var lines = Splitting.Lines(call.SelfText.Text, keepsEnds: false).SelectMany(line => Paragraph(line, width, breaksWords, breaksHyphens));
        var separator = call.TextOrNull(2) ?? "\n";
        var result = new TextBuilder(call.Rendering);
        var isFirst = true;
        foreach (var line in lines)
        {
            if (!isFirst) result.Append(separator);
            isFirst = false;
            result.Append(line);
        }

        return new StringValue(result.ToString());
    }

    /// <summary>One line wrapped, an empty one kept. Whitespace at a break is dropped, as Python's textwrap does.</summary>
    private static IEnumerable<string> Paragraph(string text, int width, bool breaksWords, bool breaksHyphens)
    {
        var chunks = new Stack<string>(Chunks(text, breaksHyphens).Reverse());
        if (chunks.Count == 0) yield return "";
        var hasLines = false;
        while (chunks.Count > 0)
        {
            var line = new StringBuilder();
            if (hasLines && IsBlank(chunks.Peek())) chunks.Pop();
            while (chunks.Count > 0 && line.Length + chunks.Peek().Length <= width) line.Append(chunks.Pop());
            if (chunks.Count > 0 && chunks.Peek().Length > width) BreakLong(chunks, line, width, breaksWords);
            var end = line.ToString() is var whole && whole.AsSpan().LastIndexOfAnyExcept(Characters.Spaces) is var last ? last + 1 : 0;
            if (end == 0) continue;
            hasLines = true;
            yield return whole[..end];
        }
    }

    private static void BreakLong(Stack<string> chunks, StringBuilder line, int width, bool breaksWords)
    {
        if (!breaksWords)
        {
            if (line.Length == 0) line.Append(chunks.Pop());
            return;
        }

        var room = Math.Max(width - line.Length, 1);
        var chunk = chunks.Pop();
        line.Append(chunk, 0, Math.Min(room, chunk.Length));
        if (room < chunk.Length) chunks.Push(chunk[room..]);
    }

    private static bool IsBlank(string chunk) => chunk.AsSpan().IndexOfAnyExcept(Characters.Spaces) < 0;

    /// <summary>Words and the spaces between them; a word ends after a hyphen between letters.</summary>
    private static IEnumerable<string> Chunks(string text, bool breaksHyphens)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = start + 1;
            var isSpace = Characters.IsSpace(text[start]);
            while (end < text.Length && Characters.IsSpace(text[end]) == isSpace && !(breaksHyphens && BreaksBefore(text, start, end))) end++;
            yield return text[start..end];
            start = end;
        }
    }

    private static bool BreaksBefore(string text, int start, int end) =>
        text[end - 1] == '-' && end - 2 >= start && end - 2 > 0 && char.IsLetter(text[end - 2]) && char.IsLetter(text[end]);
}
