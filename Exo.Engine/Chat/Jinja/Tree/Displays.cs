namespace Exo.Engine.Chat.Jinja;

/// <summary><c>[a, b]</c>.</summary>
internal sealed class ListDisplay(int line, IReadOnlyList<Expression> items) : Expression(line, Above(items))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        rendering.ReserveItems(items.Count);
        return new ListValue([.. items.Select(item => item.Evaluate(scope, rendering))]);
    }
}

/// <summary><c>a, b</c> or <c>(a, b)</c>.</summary>
internal sealed class TupleDisplay(int line, IReadOnlyList<Expression> items) : Expression(line, Above(items))
{
    public IReadOnlyList<Expression> Items => items;

    protected override Value Compute(Scope scope, Rendering rendering)
    {
        rendering.ReserveItems(items.Count);
        return new TupleValue([.. items.Select(item => item.Evaluate(scope, rendering))]);
    }
}

/// <summary><c>{a: b}</c>; of equal keys the last value stays.</summary>
internal sealed class DictDisplay(int line, IReadOnlyList<(Expression Key, Expression Value)> pairs)
    : Expression(line, Above(pairs.SelectMany(pair => new[] { pair.Key, pair.Value })))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        rendering.ReserveItems(pairs.Count);
        var entries = new OrderedDictionary<Value, Value>(pairs.Count);
        foreach (var (key, value) in pairs)
        {
            var name = key.Evaluate(scope, rendering);
            rendering.Line = Line;
            rendering.Spend(name.Weight);
            entries[name] = value.Evaluate(scope, rendering);
        }

        return new DictValue(entries);
    }
}
