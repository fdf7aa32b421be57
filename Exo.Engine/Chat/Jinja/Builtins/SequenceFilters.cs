namespace Exo.Engine.Chat.Jinja;

/// <summary>Filters that take sequences apart or give their items back in another form.</summary>
internal static class SequenceFilters
{
    public static readonly Builtin[] All =
    [
        new("length", "", Length),
        new("count", "", Length),
        new("first", "", call => Items(call).FirstOrDefault() ?? UndefinedValue.Because("No first item, sequence was empty.")),
        new("last", "", Last),
        new("list", "", call => new ListValue([.. call.Rendering.Each(call.Self)])),
        new("items", "", MappingItems),
        new("join", "d?, attribute?", Join),
        new("reverse", "", Reverse),
        new("batch", "linecount, fill_with?", call => new GeneratorValue(Batch(call))),
        new("slice", "slices, fill_with?", call => new GeneratorValue(Slice(call))),
    ];

    private static IEnumerable<Value> Items(BuiltinCall call) => call.Rendering.Each(call.Self);

    private static IntValue Length(BuiltinCall call) =>
        IntValue.Of(call.Self.Length ?? throw new TemplateError($"object of type '{call.Self.TypeName}' has no len()"));

    private static Value Last(BuiltinCall call)
    {
        var items = call.Self.IterateBackwards() ?? throw new TemplateError($"'{call.Self.TypeName}' object is not reversible");
        return items.FirstOrDefault() ?? UndefinedValue.Because("No last item, sequence was empty.");
    }

    private static GeneratorValue MappingItems(BuiltinCall call)
    {
        IEnumerable<Value> Pairs()
        {
            if (call.Self is UndefinedValue) yield break;
            if (call.Self is not DictValue dict) throw new TemplateError("Can only get item pairs from a mapping.");
            foreach (var pair in call.Rendering.Paid(dict.Pairs)) yield return pair;
        }

        return new GeneratorValue(Pairs());
    }

    private static StringValue Join(BuiltinCall call)
    {
        var path = new AttributePath(call[1]);
        var separator = call[0] is { } given ? call.Rendering.Text(given) : "";
        var text = new TextBuilder(call.Rendering);
        var isFirst = true;
        foreach (var item in Items(call))
        {
            if (!isFirst) text.Append(separator);
            isFirst = false;
            text.Append(call.Rendering.Text(path.Of(item, call.Rendering)));
        }

        return new StringValue(text.ToString());
    }

    private static Value Reverse(BuiltinCall call)
    {
        if (call.Self is StringValue text)
        {
            call.Rendering.Spend(text.Text.Length);
            return text.With(CodePoints.Reverse(text.Text));
        }

        if (call.Self.IterateBackwards() is { } items) return new GeneratorValue(call.Rendering.Paid(items));
        return new ListValue([.. Items(call).Reverse()]);
    }

    private static IEnumerable<Value> Batch(BuiltinCall call)
    {
        var size = Math.Max(call.Integer(0, 0), 0);
        var batch = new List<Value>();
        foreach (var item in Items(call))
        {
            if (batch.Count == size)
            {
                yield return new ListValue(batch);
                batch = [];
            }

            batch.Add(item);
        }

        if (batch.Count == 0) yield break;
        if (call[1] is { } fill and not NoneValue && batch.Count < size)
        {
            call.Rendering.ReserveItems(size);
            batch.AddRange(Enumerable.Repeat(fill, size - batch.Count));
        }

        yield return new ListValue(batch);
    }

    private static IEnumerable<Value> Slice(BuiltinCall call)
    {
        Value[] items = [.. Items(call)];
        var slices = call.Integer(0, 0);
        if (slices == 0) throw new TemplateError("slice needs a number of slices above 0");
        var start = 0;
        for (var i = 0; i < slices; i++)
        {
            call.Rendering.Spend(2);
            var isLonger = i < items.Length % slices;
            var end = start + items.Length / slices + (isLonger ? 1 : 0);
            List<Value> slice = [.. items[start..end]];
            if (!isLonger && call[1] is { } fill and not NoneValue) slice.Add(fill);
            yield return new ListValue(slice);
            start = end;
        }
    }
}
