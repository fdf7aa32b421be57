namespace Exo.Engine.Chat.Jinja;

/// <summary>Methods of strings that cut text into parts.</summary>
internal static class SplitMethods
{
    public static readonly Builtin[] All =
    [
        new("split", "sep?, maxsplit?", call => List(call, Separator(call) is { } separator ? Splitting.On(Text(call), separator, Most(call)) : Splitting.OnSpaces(Text(call), Most(call)))),
        new("rsplit", "sep?, maxsplit?", SplitFromEnd),
        new("splitlines", "keepends?", call => List(call, Splitting.Lines(Text(call), call.Flag(0)))),
        new("partition", "sep", call => Partition(call, fromEnd: false)),
        new("rpartition", "sep", call => Partition(call, fromEnd: true)),
    ];

    private static string Text(BuiltinCall call) => call.SelfText.Text;

    /// <summary>How many cuts; negative: any number.</summary>
    private static int Most(BuiltinCall call) => Math.Max(call.Integer(1, -1), -1);

    private static string? Separator(BuiltinCall call) => call.TextOrNull(0) is { Length: 0 } ? throw new TemplateError("empty separator") : call.TextOrNull(0);

    private static ListValue SplitFromEnd(BuiltinCall call)
    {
        var parts = Separator(call) is { } separator ? Splitting.OnFromEnd(Text(call), separator, Most(call)) : Splitting.OnSpacesFromEnd(Text(call), Most(call));
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
        var cut = fromEnd ? text.Text.LastIndexOf(separator, StringComparison.Ordinal) : text.Text.IndexOf(separator, StringComparison.Ordinal);
        if (cut < 0) return fromEnd ? TupleValue.Of(text.With(""), text.With(""), text) : TupleValue.Of(text, text.With(""), text.With(""));
        return TupleValue.Of(text.With(text.Text[..cut]), text.With(separator), text.With(text.Text[(cut + separator.Length)..]));
    }
}
