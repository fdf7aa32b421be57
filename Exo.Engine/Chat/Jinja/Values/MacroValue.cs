namespace Exo.Engine.Chat.Jinja;

/// <summary>A macro: called, it gives its body's text. It sees the scope it was defined in as that is by then.</summary>
internal sealed class MacroValue(MacroShape shape, Scope closure) : IdentityValue
{
    public override string TypeName => "Macro";

    public override bool IsCallable => true;

    private string Description => shape.Name is { } name ? $"macro '{name}'" : "the body of a call block";

    public override Value? Attribute(string name) => name switch
    {
        "name" => shape.Name is { } text ? new StringValue(text) : NoneValue.None,
        "arguments" => new TupleValue([.. shape.Parameters.Select(parameter => new StringValue(parameter.Name))]),
        "caller" => BoolValue.Of(shape.UsesCaller),
        "catch_varargs" => BoolValue.Of(shape.UsesVarargs),
        "catch_kwargs" => BoolValue.Of(shape.UsesKwargs),
        _ => null,
    };

    public override Value Call(Arguments arguments, Rendering rendering)
    {
        rendering.Enter();
        var scope = new Scope(closure);
        Bind(arguments, scope, rendering);
        var line = rendering.Line;
        var text = shape.Body.Capture(scope, rendering, out _);
        rendering.Line = line;
        rendering.Leave();
        return new StringValue(text);
    }

    private void Bind(Arguments arguments, Scope scope, Rendering rendering)
    {
        rendering.Spend(8 + shape.Parameters.Count);
        var named = new Dictionary<string, Value>(arguments.Named, StringComparer.Ordinal);
        var hasOwnCaller = BindParameters(arguments.Positional, named, scope, rendering);
        if (shape.UsesCaller && !hasOwnCaller)
            scope.Set("caller", named.Remove("caller", out var caller) ? caller : UndefinedValue.Because("No caller defined"));
        if (!shape.UsesKwargs && named.Count > 0) throw new TemplateError($"{Description} takes no keyword argument '{named.Keys.First()}'");
        if (!shape.UsesVarargs && arguments.Positional.Count > shape.Parameters.Count)
            throw new TemplateError($"{Description} takes not more than {shape.Parameters.Count} argument(s)");
        if (shape.UsesKwargs) scope.Set("kwargs", Dict(named));
        if (shape.UsesVarargs) scope.Set("varargs", new TupleValue([.. arguments.Positional.Skip(shape.Parameters.Count)]));
    }

    /// <summary>Sets the parameters; defaults see those before them. Returns whether one of them is called <c>caller</c>.</summary>
    private bool BindParameters(IReadOnlyList<Value> positional, Dictionary<string, Value> named, Scope scope, Rendering rendering)
    {
        var missing = new List<(string Name, Expression? Default)>();
        for (var i = 0; i < shape.Parameters.Count; i++)
        {
            var (name, _) = shape.Parameters[i];
            if (i < positional.Count) scope.Set(name, positional[i]);
            else if (named.Remove(name, out var value)) scope.Set(name, value);
            else missing.Add(shape.Parameters[i]);
        }

        foreach (var (name, absent) in missing)
        {
            scope.Set(name, absent?.Evaluate(scope, rendering) ?? UndefinedValue.Because($"parameter '{name}' was not provided"));
        }

        return shape.Parameters.Any(parameter => parameter.Name == "caller");
    }

    private static DictValue Dict(Dictionary<string, Value> named)
    {
        var entries = new OrderedDictionary<Value, Value>();
        foreach (var (name, value) in named) entries.Add(new StringValue(name), value);
        return new DictValue(entries);
    }
}
