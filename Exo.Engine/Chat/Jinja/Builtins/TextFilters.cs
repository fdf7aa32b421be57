using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Filters that give text back: case, trimming, replacing, formatting.</summary>
internal static class TextFilters
{
    public static readonly Builtin[] All =
    [
        new("upper", "", call => Changed(call, Casing.Upper)),
        new("lower", "", call => Changed(call, Casing.Lower)),
        new("capitalize", "", call => Changed(call, Casing.Capitalize)),
        new("title", "", Title),
        new("trim", "chars?", call => StringMethods.Strip(call.SelfText, call.TextOrNull(0), atStart: true, atEnd: true, call.Rendering)),
        new("replace", "old, new, count?", Replace),
        new("string", "", call => call.SelfText),
        new("format", "*, **", Format),
        new("truncate", "length?, killwords?, end?, leeway?", Truncate),
        new("wordcount", "", CountWords),
        new("center", "width?", call => AlignMethods.Fill(call.SelfText, call.Integer(0, 80), " ", AlignMethods.Center, call.Rendering)),
    ];

    private static StringValue Changed(BuiltinCall call, Func<string, string> change) =>
        call.SelfText is var text ? text.With(change(text.Text)) : text;

    private static StringValue Replace(BuiltinCall call) => StringMethods.Replace(
        new StringValue(call.SelfText.Text), call.Rendering.Text(call[0]!), call.Rendering.Text(call[1]!), call.Integer(2, -1), call.Rendering);

    /// <summary>Upper case after whitespace, hyphens and opening brackets, lower case elsewhere; not what the method <c>title</c> does.</summary>
    private static StringValue Title(BuiltinCall call)
    {
        var text = call.SelfText.Text;
        call.Rendering.Spend(text.Length);
        var title = new StringBuilder(text.Length);
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            var isBreak = IsBreak(text[start]);
            while (end < text.Length && IsBreak(text[end]) == isBreak) end++;
            var width = Characters.Width(text, start);
            title.Append(Casing.Upper(text.Substring(start, width))).Append(Casing.Lower(text[(start + width)..end]));
            start = end;
        }

        return new StringValue(title.ToString());
    }

    private static bool IsBreak(char c) => c is '-' or '(' or '{' or '[' or '<' || Characters.IsSpace(c);

    private static StringValue Format(BuiltinCall call)
    {
        if (call.Arguments.Positional.Count > 0 && call.Arguments.Named.Count > 0)
            throw new TemplateError("can't handle positional and keyword arguments at the same time");
        if (call.Arguments.Named.Count == 0) return PercentFormat.Apply(call.SelfText, new TupleValue(call.Arguments.Positional), call.Rendering);
        var named = new OrderedDictionary<Value, Value>();
        foreach (var (name, value) in call.Arguments.Named) named.Add(new StringValue(name), value);
        return PercentFormat.Apply(call.SelfText, new DictValue(named), call.Rendering);
    }

    private static Value Truncate(BuiltinCall call)
    {
        var (length, end, leeway) = (call.Integer(0, 255), call.TextOrNull(2) ?? "...", call.Integer(3, 5));
        var room = length - CodePoints.Count(end);
        if (room < 0) throw new TemplateError($"truncate needs a length of at least {CodePoints.Count(end)}, not {length}");
        if (leeway < 0) throw new TemplateError($"truncate needs a leeway of at least 0, not {leeway}");
        if (call.Self.Length <= (long)length + leeway) return call.Self;
        if (call.Self is not StringValue text) throw call.WrongSelf("a string");
        call.Rendering.SpendText(text.Text.Length);
        var kept = text.Text[..CodePoints.Offset(text.Text, room)];
        if (!call.Flag(1)) kept = Splitting.OnFromEnd(kept, " ", 1).Last();
        return text.With(kept + (text.IsMarkup ? Markup.Escape(end) : end));
    }

    private static IntValue CountWords(BuiltinCall call)
    {
        var text = call.SelfText.Text;
        call.Rendering.Spend(text.Length);
        var (count, inWord) = (0, false);
        for (var i = 0; i < text.Length; i += Characters.Width(text, i))
        {
            var isWord = Characters.IsWord(text, i);
            if (isWord && !inWord) count++;
            inWord = isWord;
        }

        return IntValue.Of(count);
    }
}
