namespace Exo.Engine.Chat.Jinja;

/// <summary>Methods of strings that cut text into parts.</summary>
internal static class SplitMethods
{
    public static readonly Builtin[] All =
    [
        new("split", "sep?, maxsplit?", call => Split(call, Splitting.OnSpaces, Splitting.On)),
        new("rsplit", "sep?, maxsplit?", call => Split(call, Splitting.OnSpacesFromEnd, Splitting.OnFromEnd)),
        new("splitlines", "keepends?", call => List(call, Splitting.Lines(call.SelfText.Text, call.Flag(0)))),
        new("partition", "sep", call => Partition(call, fromEnd: false)),
        new("rpartition", "sep", call => Partition(call, fromEnd: true)),
    ];

    private static ListValue Split(BuiltinCall call, Func<string, int, List<string>> onSpaces, Func<string, string, int, List<string>> onText)
    {
        var most = call.Integer(1, -1);
        if (most < 0) most = int.MaxValue;
        return List(call, call.TextOrNull(0) is { } separator ? onText(call.SelfText.Text, separator, most) : onSpaces(call.SelfText.Text, most));
    }

    private static ListValue List(BuiltinCall call, List<string> parts)
    {
        call.Rendering.ReserveItems(parts.Count);
        var text = call.SelfText;
        return new ListValue([.. parts.Select(text.With)]);
    }

    private static TupleValue Partition(BuiltinCall call, bool fromEnd)
    {
        var (text, separator) = (call.SelfText, call.Text(0));
        if (separator.Length == 0) throw new TemplateError("empty separator");
        var cut = fromEnd ? text.Text.LastIndexOf(separator, StringComparison.Ordinal) : text.Text.IndexOf(separator, StringComparison.Ordinal);
        if (cut < 0) return fromEnd ? TupleValue.Of(text.With(""), text.With(""), text) : TupleValue.Of(text, text.With(""), text.With(""));
        return TupleValue.Of(text.With(text.Text[..cut]), text.With(separator), text.With(text.Text[(cut + separator.Length)..]));
    }
}
