namespace Exo.Engine.Chat.Jinja;

/// <summary>The arguments of a call as written: by position, by name, and <c>*rest</c> and <c>**names</c>.</summary>
internal sealed class CallArguments(
    IReadOnlyList<Expression> positional, IReadOnlyList<(string Name, Expression Value)> named, Expression? rest, Expression? restNamed)
{
    public static readonly CallArguments None = new([], [], null, null);

    public IEnumerable<Expression?> Children => [.. positional, .. named.Select(argument => argument.Value), rest, restNamed];

    public Arguments Evaluate(Scope scope, Rendering rendering)
    {
        rendering.Spend(positional.Count + named.Count);
        if (rest is null && named.Count == 0 && restNamed is null)
        {
            if (positional.Count == 0) return Arguments.None;
            var values = new Value[positional.Count];
            for (var i = 0; i < values.Length; i++) values[i] = positional[i].Evaluate(scope, rendering);
            return Arguments.Of(values);
        }

        List<Value> byPosition = [.. positional.Select(argument => argument.Evaluate(scope, rendering))];
        if (rest is not null) byPosition.AddRange(rendering.Each(rest.Evaluate(scope, rendering)));
        var byName = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (name, value) in named) Add(byName, name, value.Evaluate(scope, rendering));
        if (restNamed is not null) AddAll(byName, restNamed.Evaluate(scope, rendering), rendering);
        return new Arguments(byPosition, byName);
    }

    private static void AddAll(Dictionary<string, Value> byName, Value names, Rendering rendering)
    {
        if (names is not DictValue dict) throw new TemplateError($"argument after ** must be a mapping, not {names.TypeName}");
        rendering.ReserveItems(dict.Entries.Count);
        foreach (var (key, value) in dict.Entries)
        {
            Add(byName, key is StringValue name ? name.Text : throw new TemplateError("keywords must be strings"), value);
        }
    }

    private static void Add(Dictionary<string, Value> byName, string name, Value value)
    {
        if (!byName.TryAdd(name, value)) throw new TemplateError($"got multiple values for keyword argument '{name}'");
    }
}
