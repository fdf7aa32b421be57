namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// The filter <c>tojson</c> as Hugging Face defines it: plain JSON without HTML escapes, non-ASCII characters as they are, and
/// <c>json.dumps</c>'s arguments.
/// </summary>
internal static class JsonFilter
{
    public static readonly Builtin ToJson = new("tojson", "ensure_ascii?, indent?, separators?, sort_keys?", Apply);

    private static StringValue Apply(BuiltinCall call)
    {
        var indent = Indentation(call);
        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (call[2] is SequenceValue { Items: [StringValue first, StringValue second] }) (item, key) = (first.Text, second.Text);
        else if (call[2] is not (null or NoneValue)) throw new TemplateError("tojson needs a pair of strings for 'separators'");
        var output = new TextBuilder(call.Rendering);
        new JsonText(output, call.Rendering)
        {
            ItemSeparator = item,
            KeySeparator = key,
            Indent = indent,
            EscapesNonAscii = call.Flag(0),
            SortsKeys = call.Flag(3),
        }.Write(call.Self);
        return new StringValue(output.ToString());
    }

    private static string? Indentation(BuiltinCall call)
    {
        if (call[1] is null or NoneValue) return null;
        if (call[1] is StringValue text) return text.Text;
        var width = Math.Max(call.Integer(1, 0), 0);
        call.Rendering.ReserveText(width);
        return new string(' ', width);
    }
}
