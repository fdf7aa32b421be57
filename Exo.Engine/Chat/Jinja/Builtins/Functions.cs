using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>The functions every template sees.</summary>
internal static class Functions
{
    public static readonly Builtin[] All =
    [
        new("range", "start, stop?, step?", Range),
        new("dict", "mapping?, /, **", call => new DictValue(Entries(call))),
        new("namespace", "mapping?, /, **", Namespace),
        new("cycler", "*", Cycler),
        new("joiner", "sep?", call => new JoinerValue(call[0] ?? new StringValue(", "))),
        new("raise_exception", "message", call => throw new TemplateError(call.Rendering.Text(call[0]!), ChatTemplateFault.Refused)),
        new("strftime_now", "format", call => new StringValue(TimeText.Format(call.Rendering.Now, call.Text(0), call.Rendering))),
    ];

    /// <summary>The scope that is outside every template's own. Nothing ever sets a name in it.</summary>
    public static readonly Scope Scope = MakeScope();

    private static Scope MakeScope()
    {
        var scope = new Scope(null);
        foreach (var function in All) scope.Set(function.Name, new FunctionValue(function, NoneValue.None));
        return scope;
    }

    private static RangeValue Range(BuiltinCall call)
    {
        var first = Bound(call, 0, 0);
        var (start, stop) = call[1] is null ? (0, first) : (first, Bound(call, 1, 0));
        var step = Bound(call, 2, 1);
        if (step == 0) throw new TemplateError("range() arg 3 must not be zero");
        var span = step > 0 ? (BigInteger)stop - start : (BigInteger)start - stop;
        var count = span.Sign <= 0 ? 0 : (span - 1) / BigInteger.Abs(step) + 1;
        if (count > Limits.RangeLength) throw TemplateError.Limit($"a range of more than {Limits.RangeLength} items");
        return new RangeValue(start, stop, step, (int)count);
    }

    /// <summary>A bound far enough inside a long that no item's arithmetic leaves it.</summary>
    private static long Bound(BuiltinCall call, int index, long absent)
    {
        if (call[index] is null) return absent;
        var number = call.IntegerOrNull(index) ?? throw new TemplateError("range needs integers, not 'NoneType'");
        return BigInteger.Abs(number) < 1L << 61 ? (long)number : throw TemplateError.Limit("a bound of range is too large");
    }

    private static CyclerValue Cycler(BuiltinCall call)
    {
        if (call.Arguments.Positional.Count == 0) throw new TemplateError("at least one item has to be provided");
        return new CyclerValue(call.Arguments.Positional);
    }

    private static NamespaceValue Namespace(BuiltinCall call)
    {
        var space = new NamespaceValue();
        foreach (var (key, value) in Entries(call)) space.Set(call.Rendering.Text(key), value);
        return space;
    }

    /// <summary>What Python's <c>dict(mapping, **named)</c> holds; the mapping may also be pairs.</summary>
    private static OrderedDictionary<Value, Value> Entries(BuiltinCall call)
    {
        var entries = new OrderedDictionary<Value, Value>();
        var pairs = call[0] switch { null => [], DictValue dict => dict.Pairs, var other => call.Rendering.Each(other) };
        foreach (var pair in call.Rendering.Paid(pairs))
        {
            Value[] parts = [.. call.Rendering.Each(pair).Take(3)];
            if (parts.Length != 2) throw new TemplateError("dict needs a mapping or pairs of key and value");
            call.Rendering.Spend(parts[0].Weight);
            entries[parts[0]] = parts[1];
        }

        foreach (var (name, value) in call.Arguments.Named) entries[new StringValue(name)] = value;

        return entries;
    }
}
