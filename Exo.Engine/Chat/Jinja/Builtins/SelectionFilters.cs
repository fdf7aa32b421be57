namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Filters that apply other filters and tests: <c>map</c>, <c>select</c>, <c>reject</c> and their kin; and <c>default</c>, <c>attr</c>.
/// </summary>
internal static class SelectionFilters
{
    public static readonly Builtin[] All =
    [
        new("default", "default_value?, boolean?", Default),
        new("d", "default_value?, boolean?", Default),
        new("attr", "name", call => call.Self.Attribute(call.Text(0)) ?? UndefinedValue.Member(call.Self, call.Text(0))),
        new("map", "*, **", call => new GeneratorValue(Map(call))),
        new("select", "*, **", call => new GeneratorValue(Select(call, byAttribute: false, keeps: true))),
        new("reject", "*, **", call => new GeneratorValue(Select(call, byAttribute: false, keeps: false))),
        new("selectattr", "*, **", call => new GeneratorValue(Select(call, byAttribute: true, keeps: true))),
        new("rejectattr", "*, **", call => new GeneratorValue(Select(call, byAttribute: true, keeps: false))),
    ];

    private static Value Default(BuiltinCall call) =>
        call.Self is UndefinedValue || (call.Flag(1) && !call.Self.IsTrue) ? call[0] ?? StringValue.Empty : call.Self;

    private static IEnumerable<Value> Map(BuiltinCall call)
    {
        if (!call.Self.IsTrue) yield break;
        var change = Mapping(call);
        foreach (var item in call.Rendering.Each(call.Self)) yield return change(item);
    }

    private static Func<Value, Value> Mapping(BuiltinCall call)
    {
        var (positional, named) = call.Arguments;
        if (positional.Count == 0 && named.TryGetValue("attribute", out var attribute))
        {
            if (named.Keys.FirstOrDefault(name => name is not ("attribute" or "default")) is { } unknown)
                throw new TemplateError($"map takes no argument named '{unknown}'");
            var path = new AttributePath(attribute, named.GetValueOrDefault("default"));
            return item => path.Of(item, call.Rendering);
        }

        if (positional.Count == 0) throw new TemplateError("map requires a filter argument");
        var filter = FilterTable.Get(Name(positional[0]));
        var arguments = new Arguments([.. positional.Skip(1)], named);
        return item => filter.Invoke(item, arguments, call.Rendering);
    }

    private static IEnumerable<Value> Select(BuiltinCall call, bool byAttribute, bool keeps)
    {
        if (!call.Self.IsTrue) yield break;
        var holds = Condition(call, byAttribute);
        foreach (var item in call.Rendering.Each(call.Self))
        {
            if (holds(item) == keeps) yield return item;
        }
    }

    private static Func<Value, bool> Condition(BuiltinCall call, bool byAttribute)
    {
        var (positional, named) = call.Arguments;
        if (byAttribute && positional.Count == 0) throw new TemplateError("Missing parameter for attribute name");
        var path = new AttributePath(byAttribute ? positional[0] : null);
        var testAt = byAttribute ? 1 : 0;
        if (positional.Count == testAt) return item => path.Of(item, call.Rendering).IsTrue;
        var test = TestTable.Get(Name(positional[testAt]));
        var arguments = new Arguments([.. positional.Skip(testAt + 1)], named);
        return item => test.Invoke(path.Of(item, call.Rendering), arguments, call.Rendering).IsTrue;
    }

    private static string Name(Value name) =>
        name is StringValue text ? text.Text : throw new TemplateError($"a filter's or test's name must be a string, not '{name.TypeName}'");
}
