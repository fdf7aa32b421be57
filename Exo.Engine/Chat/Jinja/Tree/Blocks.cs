namespace Exo.Engine.Chat.Jinja;

/// <summary><c>{% filter name %} … {% endfilter %}</c>: the text of the block, filtered.</summary>
internal sealed class FilterBlock(IReadOnlyList<FilterCall> filters, Body body) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        var inner = new Scope(scope);
        Value text = new StringValue(body.Capture(inner, rendering, out var flow));
        if (flow != Flow.Next) return flow;
        filters.Aggregate(text, (value, filter) => filter.Apply(value, inner, rendering)).WriteText(output);
        return Flow.Next;
    }
}

/// <summary><c>{% generation %} … {% endgeneration %}</c>: marks the assistant's words for training; here it is only a scope.</summary>
internal sealed class ScopedBlock(Body body) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering) => body.Execute(new Scope(scope), output, rendering);
}

/// <summary>
/// <c>{% block name %} … {% endblock %}</c>, in place: nothing can extend a chat template. Unless scoped it sees only the outermost names.
/// </summary>
internal sealed class NamedBlock(bool isScoped, Body body) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering) =>
        body.Execute(new Scope(isScoped ? scope : scope.Root), output, rendering);
}

/// <summary><c>{% break %}</c> and <c>{% continue %}</c>.</summary>
internal sealed class Jump(Flow flow) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering) => flow;
}
