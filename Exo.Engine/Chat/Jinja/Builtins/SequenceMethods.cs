namespace Exo.Engine.Chat.Jinja;

/// <summary>Methods of lists and tuples that leave them as they are.</summary>
internal static class SequenceMethods
{
    public static readonly Builtin[] All =
    [
        new("index", "value, start?, stop?", Index),
        new("count", "value", call => IntValue.Of(Items(call).Count(item => Comparison.AreEqual(item, call[0]!, call.Rendering)))),
        new("copy", "", call => call.Self),
    ];

    private static IReadOnlyList<Value> Items(BuiltinCall call) => ((SequenceValue)call.Self).Items;

    private static IntValue Index(BuiltinCall call)
    {
        var items = Items(call);
        var range = new SliceBounds(call.IntegerOrNull(1), call.IntegerOrNull(2), null).Over(items.Count);
        for (var i = range.Start; i < range.Stop; i++)
        {
            if (Comparison.AreEqual(items[i], call[0]!, call.Rendering)) return IntValue.Of(i);
        }

        throw new TemplateError($"value is not in {call.Self.TypeName}");
    }
}
