namespace Exo.Engine.Chat.Jinja;

/// <summary>Filters that compare items: sorting, grouping, extremes, sums.</summary>
internal static class OrderFilters
{
    public static readonly Builtin[] All =
    [
        new("sort", "reverse?, case_sensitive?, attribute?", Sort),
        new("dictsort", "case_sensitive?, by?, reverse?", SortDict),
        new("groupby", "attribute, default?, case_sensitive?", Group),
        new("unique", "case_sensitive?, attribute?", call => new GeneratorValue(Unique(call))),
        new("min", "case_sensitive?, attribute?", call => Extreme(call, "<")),
        new("max", "case_sensitive?, attribute?", call => Extreme(call, ">")),
        new("sum", "attribute?, start?", Sum),
    ];

    private static ListValue Sort(BuiltinCall call)
    {
        var paths = AttributePath.Several(call[2]);
        var isCaseSensitive = call.Flag(1);
        Value[] items = [.. call.Rendering.Each(call.Self)];
        return new ListValue(StableSort.Sort(items, Key, call.Flag(0), call.Rendering));

        Value Key(Value item) => new ListValue([.. paths.Select(path => path.Key(item, isCaseSensitive, call.Rendering))]);
    }

    private static ListValue SortDict(BuiltinCall call)
    {
        if (call.Self is not DictValue dict) throw call.WrongSelf("a dict");
        var by = call.TextOrNull(1) ?? "key";
        if (by is not ("key" or "value")) throw new TemplateError("dictsort sorts by \"key\" or \"value\" only");
        var path = new AttributePath(IntValue.Of(by == "key" ? 0 : 1));
        Value[] pairs = [.. call.Rendering.Paid(dict.Pairs)];
        return new ListValue(StableSort.Sort(pairs, pair => path.Key(pair, call.Flag(0), call.Rendering), call.Flag(2), call.Rendering));
    }

    private static ListValue Group(BuiltinCall call)
    {
        var path = new AttributePath(call[0], call[1]);
        var isCaseSensitive = call.Flag(2);
        var (groups, members, current) = (new List<Value>(), new List<Value>(), (Value?)null);
        Value[] items = [.. call.Rendering.Each(call.Self)];
        foreach (var item in StableSort.Sort(items, item => path.Key(item, isCaseSensitive, call.Rendering), isReversed: false, call.Rendering))
        {
            var key = path.Key(item, isCaseSensitive, call.Rendering);
            if (current is not null && !Comparison.AreEqual(current, key, call.Rendering)) Close();
            current = key;
            members.Add(item);
        }

        if (members.Count > 0) Close();
        return new ListValue(groups);

        void Close()
        {
            groups.Add(new GroupValue(path.Of(members[0], call.Rendering), new ListValue(members)));
            members = [];
        }
    }

    private static IEnumerable<Value> Unique(BuiltinCall call)
    {
        var path = new AttributePath(call[1]);
        var seen = new HashSet<Value>();
        foreach (var item in call.Rendering.Each(call.Self))
        {
            var key = path.Key(item, call.Flag(0), call.Rendering);
            call.Rendering.Spend(key.Weight);
            if (seen.Add(key)) yield return item;
        }
    }

    private static Value Extreme(BuiltinCall call, string symbol)
    {
        var path = new AttributePath(call[1]);
        var (best, bestKey) = ((Value?)null, (Value?)null);
        foreach (var item in call.Rendering.Each(call.Self))
        {
            var key = path.Key(item, call.Flag(0), call.Rendering);
            if (bestKey is null || Comparison.Holds(symbol, key, bestKey, call.Rendering)) (best, bestKey) = (item, key);
        }

        return best ?? UndefinedValue.Because("No aggregated item, sequence was empty.");
    }

    private static Value Sum(BuiltinCall call)
    {
        var path = new AttributePath(call[0]);
        if (call[1] is StringValue) throw new TemplateError("sum() can't sum strings [use ''.join(seq) instead]");
        var sum = call[1] ?? IntValue.Of(0);
        foreach (var item in call.Rendering.Each(call.Self)) sum = Operators.Binary("+", sum, path.Of(item, call.Rendering), call.Rendering);
        return sum;
    }
}
