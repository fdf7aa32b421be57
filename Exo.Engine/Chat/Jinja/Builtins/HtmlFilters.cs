namespace Exo.Engine.Chat.Jinja;

/// <summary>Filters for HTML and addresses. Output is never escaped by itself here; these make markup only where a template asks.</summary>
internal static class HtmlFilters
{
    public static readonly Builtin[] All =
    [
        new("safe", "", call => new StringValue(call.SelfText.Text, isMarkup: true)),
        new("escape", "", Escape),
        new("e", "", Escape),
        new("forceescape", "", call => new StringValue(Escaped(call.SelfText.Text, call.Rendering), isMarkup: true)),
        new("striptags", "", call => new StringValue(Markup.StripTags(call.SelfText.Text, call.Rendering))),
        new("urlencode", "", UrlEncode),
        new("xmlattr", "autospace?", XmlAttributes),
    ];

    private static StringValue Escape(BuiltinCall call) =>
        call.SelfText is { IsMarkup: false } text ? new StringValue(Escaped(text.Text, call.Rendering), isMarkup: true) : call.SelfText;

    private static string Escaped(string text, Rendering rendering)
    {
        rendering.ReserveText(text.Length + 4L * text.AsSpan().CountAny(Markup.Special));
        return Markup.Escape(text);
    }

    private static StringValue UrlEncode(BuiltinCall call)
    {
        if (call.Self is StringValue || call.Self.Iterate() is null) return new StringValue(QuotePath(call.SelfText.Text, call.Rendering));
        var pairs = call.Self is DictValue dict ? dict.Pairs : call.Self.Iterate()!;
        var text = new TextBuilder(call.Rendering);
        var isFirst = true;
        foreach (var pair in call.Rendering.Paid(pairs))
        {
            Value[] parts = [.. call.Rendering.Each(pair).Take(3)];
            if (parts.Length != 2) throw new TemplateError("urlencode needs pairs of name and value");
            text.Append($"{(isFirst ? "" : "&")}{QuoteQuery(parts[0], call.Rendering)}={QuoteQuery(parts[1], call.Rendering)}");
            isFirst = false;
        }

        return new StringValue(text.ToString());
    }

    private static string QuotePath(string path, Rendering rendering) => Quote(path, rendering).Replace("%2F", "/", StringComparison.Ordinal);

    private static string QuoteQuery(Value part, Rendering rendering) =>
        Quote(rendering.Text(part), rendering).Replace("%20", "+", StringComparison.Ordinal);

    private static string Quote(string text, Rendering rendering)
    {
        // A UTF-16 unit is at most three UTF-8 bytes of three characters each.
        rendering.ReserveText(9L * text.Length);
        return Uri.EscapeDataString(text);
    }

    private static StringValue XmlAttributes(BuiltinCall call)
    {
        if (call.Self is not DictValue dict) throw call.WrongSelf("a dict");
        var text = new TextBuilder(call.Rendering);
        var separator = call[0]?.IsTrue ?? true ? " " : "";
        foreach (var (key, value) in dict.Entries)
        {
            if (value is NoneValue or UndefinedValue) continue;
            var name = call.Rendering.Text(key);
            if (name.AsSpan().IndexOfAny(" \t\n\r\f\v/>=") >= 0) throw new TemplateError($"invalid character in attribute name: '{name}'");
            var content = value is StringValue { IsMarkup: true } markup ? markup.Text : Escaped(call.Rendering.Text(value), call.Rendering);
            text.Append($"{separator}{Markup.Escape(name)}=\"{content}\"");
            separator = " ";
        }

        return new StringValue(text.ToString());
    }
}
