namespace Exo.Engine.Chat.Jinja;

/// <summary>Methods of strings that cut text into parts.</summary>
internal static class SplitMethods
{
    public static readonly Builtin[] All =
    [
        new("split", "sep?, maxsplit?", Split),
        new("rsplit", "sep?, maxsplit?", SplitFromEnd),
        new("splitlines", "keepends?", call => List(call, Splitting.Lines(Text(call), call.Flag(0)))),
        new("partition", "sep", call => Partition(call, fromEnd: false)),
        new("rpartition", "sep", call => Partition(call, fromEnd: true)),
    ];

    private static string Text(BuiltinCall call) => call.SelfText.Text;

    /// <summary>How many cuts; negative: any number.</summary>
    private static int Most(BuiltinCall call) => Math.Max(call.Integer(1, -1), -1);

    private static string? Separator(BuiltinCall call)
    {
        var separator = call.TextOrNull(0);
        return separator is { Length: 0 } ? throw new TemplateError("empty separator") : separator;
    }

    private static ListValue Split(BuiltinCall call)
    {
        var (text, separator, most) = (Text(call), Separator(call), Most(call));
        return List(call, separator is null ? Splitting.OnSpaces(text, most) : Splitting.On(text, separator, most));
    }

    private static ListValue SplitFromEnd(BuiltinCall call)
    {
        var (text, separator, most) = (Text(call), Separator(call), Most(call));
        var parts = separator is null ? Splitting.OnSpacesFromEnd(text, most) : Splitting.OnFromEnd(text, separator, most);
        return new ListValue([.. List(call, parts).IterateBackwards()]);
    }

    private static ListValue List(BuiltinCall call, IEnumerable<string> parts)
    {
        var text = call.SelfText;
        return new ListValue([.. call.Rendering.Paid(parts).Select(text.With)]);
    }

    private static TupleValue Partition(BuiltinCall call, bool fromEnd)
    {
        var (text, separator) = (call.SelfText, Separator(call) ?? throw new TemplateError("partition needs a separator"));
        var span = text.Text.AsSpan();
        var cut = fromEnd ? span.LastIndexOf(separator) : span.IndexOf(separator);
        if (cut < 0) return fromEnd ? TupleValue.Of(text.With(""), text.With(""), text) : TupleValue.Of(text, text.With(""), text.With(""));
        return TupleValue.Of(text.With(text.Text[..cut]), text.With(separator), text.With(text.Text[(cut + separator.Length)..]));
    }
}
