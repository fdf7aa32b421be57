namespace Exo.Engine.Chat.Jinja;

/// <summary>Methods of strings that look for text. Positions are code points.</summary>
internal static class SearchMethods
{
    public static readonly Builtin[] All =
    [
        new("find", "sub, start?, end?", call => IntValue.Of(Find(call, fromEnd: false))),
        new("rfind", "sub, start?, end?", call => IntValue.Of(Find(call, fromEnd: true))),
        new("index", "sub, start?, end?", call => Index(call, fromEnd: false)),
        new("rindex", "sub, start?, end?", call => Index(call, fromEnd: true)),
        new("count", "sub, start?, end?", Count),
        Builtin.Test("startswith", "prefix, start?, end?", call => Any(call, (window, part) => window.StartsWith(part, StringComparison.Ordinal))),
        Builtin.Test("endswith", "suffix, start?, end?", call => Any(call, (window, part) => window.EndsWith(part, StringComparison.Ordinal))),
    ];

    /// <summary>The part of the text that start and end leave, and the code points before it; null if it begins after the text's end.</summary>
    private static (string Window, int Start)? Window(BuiltinCall call)
    {
        var text = call.SelfText;
        if (call[1] is null && call[2] is null) return (text.Text, 0);
        var length = text.Length!.Value;
        if (call.IntegerOrNull(1) > length) return null;
        var part = new SliceBounds(call.IntegerOrNull(1), call.IntegerOrNull(2), null).Over(length);
        var from = CodePoints.Offset(text.Text, part.Start);
        return (text.Text[from..CodePoints.Offset(text.Text, part.Start + part.Count)], part.Start);
    }

    private static int Find(BuiltinCall call, bool fromEnd)
    {
        if (Window(call) is not var (window, start)) return -1;
        var part = call.Text(0);
        var offset = fromEnd ? window.LastIndexOf(part, StringComparison.Ordinal) : window.IndexOf(part, StringComparison.Ordinal);
        return offset < 0 ? -1 : start + CodePoints.Index(window, offset);
    }

    private static IntValue Index(BuiltinCall call, bool fromEnd) =>
        Find(call, fromEnd) is var index and >= 0 ? IntValue.Of(index) : throw new TemplateError("substring not found");

    private static IntValue Count(BuiltinCall call)
    {
        if (Window(call) is not var (window, _)) return IntValue.Of(0);
        return IntValue.Of(call.Text(0) is { Length: > 0 } part ? window.AsSpan().Count(part) : CodePoints.Count(window) + 1);
    }

    /// <summary>Whether the text has one of the given ends: a string, or a tuple of them.</summary>
    private static bool Any(BuiltinCall call, Func<string, string, bool> has)
    {
        if (Window(call) is not var (window, _)) return false;
        if (call[0] is not TupleValue choices) return has(window, call.Text(0));
        call.Rendering.Spend(choices.Items.Count);
        return choices.Items.Any(choice => choice is StringValue text
            ? has(window, text.Text)
            : throw new TemplateError($"a tuple of prefixes or suffixes must only contain str, not {choice.TypeName}"));
    }
}
