using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Methods of strings that change text: case, stripping, replacing, joining, formatting.</summary>
internal static class StringMethods
{
    public static readonly Builtin[] All =
    [
        new("upper", "", call => Changed(call, Casing.Upper)),
        new("lower", "", call => Changed(call, Casing.Lower)),
        new("title", "", call => Changed(call, Casing.Title, workPerCharacter: 1)),
        new("capitalize", "", call => Changed(call, Casing.Capitalize)),
        new("swapcase", "", call => Changed(call, Casing.Swap, workPerCharacter: 1)),
        new("casefold", "", call => Changed(call, Casing.Fold)),
        new("strip", "chars?", call => Strip(call, atStart: true, atEnd: true)),
        new("lstrip", "chars?", call => Strip(call, atStart: true, atEnd: false)),
        new("rstrip", "chars?", call => Strip(call, atStart: false, atEnd: true)),
        new("removeprefix", "prefix", RemovePrefix),
        new("removesuffix", "suffix", RemoveSuffix),
        new("replace", "old, new, count?", call => Replace(call.SelfText, call.Text(0), Replacement(call), call.Integer(2, -1), call.Rendering)),
        new("join", "iterable", Join),
        new("format", "*, **", call => BraceFormat.Apply(call.SelfText, call.Arguments, call.Rendering)),
        new("format_map", "mapping", FormatMap),
        new("expandtabs", "tabsize?", ExpandTabs),
    ];

    /// <summary>
    /// The first <paramref name="count"/> occurrences of a text replaced, all if it is negative; an empty one stands between any two characters.
    /// </summary>
    public static StringValue Replace(StringValue text, string old, string replacement, int count, Rendering rendering)
    {
        var source = text.Text;
        if (count < 0) count = int.MaxValue;
        var found = old.Length == 0 ? CodePoints.Count(source) + 1 : source.AsSpan().Count(old);
        found = Math.Min(found, count);
        if (found == 0) return text;
        rendering.ReserveText(source.Length + (long)found * (replacement.Length - old.Length));
        rendering.Spend(found);
        var result = new StringBuilder();
        var position = 0;
        for (var i = 0; i < found; i++)
        {
            var next = position;
            if (old.Length > 0) next = source.IndexOf(old, position, StringComparison.Ordinal);
            else if (i > 0) next += Characters.Width(source, position);
            result.Append(source, position, next - position).Append(replacement);
            position = next + old.Length;
        }

        return text.With(result.Append(source, position, source.Length - position).ToString());
    }

    public static StringValue Strip(StringValue text, string? chars, bool atStart, bool atEnd, Rendering rendering)
    {
        if (chars is not null && !CodePoints.IsFlat(chars + text.Text)) return StripPoints(text, chars, atStart, atEnd, rendering);
        var span = text.Text.AsSpan();
        int First(ReadOnlySpan<char> part) => chars is null ? part.IndexOfAnyExcept(Characters.Spaces) : part.IndexOfAnyExcept(chars);
        int Last(ReadOnlySpan<char> part) => chars is null ? part.LastIndexOfAnyExcept(Characters.Spaces) : part.LastIndexOfAnyExcept(chars);
        rendering.SpendText((chars?.Length ?? 0) * (long)span.Length / 64);
        var start = atStart ? First(span) : 0;
        if (start < 0) return text.With("");
        var end = atEnd ? Last(span) + 1 : span.Length;
        return start == 0 && end == span.Length ? text : text.With(text.Text[start..Math.Max(start, end)]);
    }

    private static StringValue StripPoints(StringValue text, string chars, bool atStart, bool atEnd, Rendering rendering)
    {
        rendering.Spend((long)chars.Length + text.Text.Length);
        var set = CodePoints.Each(chars).ToHashSet(StringComparer.Ordinal);
        List<string> points = [.. CodePoints.Each(text.Text)];
        var start = atStart ? points.FindIndex(point => !set.Contains(point)) : 0;
        var end = atEnd ? points.FindLastIndex(point => !set.Contains(point)) + 1 : points.Count;
        return text.With(start < 0 || end <= start ? "" : string.Concat(points.GetRange(start, end - start)));
    }

    private static StringValue RemovePrefix(BuiltinCall call)
    {
        var (text, prefix) = (call.SelfText, call.Text(0));
        return text.Text.StartsWith(prefix, StringComparison.Ordinal) ? text.With(text.Text[prefix.Length..]) : text;
    }

    private static StringValue RemoveSuffix(BuiltinCall call)
    {
        var (text, suffix) = (call.SelfText, call.Text(0));
        return text.Text.EndsWith(suffix, StringComparison.Ordinal) ? text.With(text.Text[..^suffix.Length]) : text;
    }

    private static StringValue Strip(BuiltinCall call, bool atStart, bool atEnd) =>
        Strip(call.SelfText, call.TextOrNull(0), atStart, atEnd, call.Rendering);

    private static StringValue Changed(BuiltinCall call, Func<string, string> change, int workPerCharacter = 0)
    {
        var text = call.SelfText;
        call.Rendering.Spend(workPerCharacter * (long)text.Text.Length);
        return text.With(change(text.Text));
    }

    private static string Replacement(BuiltinCall call) =>
        call.Self is StringValue { IsMarkup: true } && call[1] is StringValue replacement ? Markup.Escape(replacement) : call.Text(1);

    private static StringValue Join(BuiltinCall call)
    {
        var separator = call.SelfText;
        var text = new TextBuilder(call.Rendering);
        var index = 0;
        foreach (var item in call.Rendering.Each(call[0]!))
        {
            if (index > 0) text.Append(separator.Text);
            if (separator.IsMarkup) text.Append(item is StringValue part ? Markup.Escape(part) : Markup.Escape(call.Rendering.Text(item)));
            else if (item is StringValue plain) text.Append(plain.Text);
            else throw new TemplateError($"sequence item {index}: expected str instance, {item.TypeName} found");
            index++;
        }

        return separator.With(text.ToString());
    }

    private static StringValue FormatMap(BuiltinCall call)
    {
        if (call[0] is not DictValue dict) throw new TemplateError("format_map needs a dict");
        var named = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (key, value) in call.Rendering.Paid(dict.Entries))
        {
            if (key is StringValue name) named[name.Text] = value;
        }

        return BraceFormat.Apply(call.SelfText, new Arguments([], named), call.Rendering);
    }

    private static StringValue ExpandTabs(BuiltinCall call)
    {
        var size = call.Integer(0, 8);
        var (text, column) = (new TextBuilder(call.Rendering), 0L);
        foreach (var point in CodePoints.Each(call.SelfText.Text))
        {
            if (point != "\t")
            {
                text.Append(point);
                column = point is "\n" or "\r" ? 0 : column + 1;
                continue;
            }

            var spaces = size <= 0 ? 0 : size - column % size;
            call.Rendering.ReserveText(spaces);
            text.Append(new string(' ', (int)spaces));
            column += spaces;
        }

        return call.SelfText.With(text.ToString());
    }
}
