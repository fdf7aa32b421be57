namespace Exo.Engine.Chat.Jinja;

/// <summary><c>{% set target = value %}</c>.</summary>
internal sealed class Set(int line, Target target, Expression value) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        rendering.Line = line;
        target.Assign(value.Evaluate(scope, rendering), scope, rendering);
        return Flow.Next;
    }
}

/// <summary><c>{% set target | filter %} … {% endset %}</c>: the text of the block. The block has a scope of its own.</summary>
internal sealed class SetBlock(Target target, IReadOnlyList<FilterCall> filters, Body body) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        var inner = new Scope(scope);
        Value text = new StringValue(body.Capture(inner, rendering, out var flow));
        if (flow != Flow.Next) return flow;
        target.Assign(filters.Aggregate(text, (value, filter) => filter.Apply(value, inner, rendering)), scope, rendering);
        return Flow.Next;
    }
}

/// <summary><c>{% with a = 1, b = 2 %} … {% endwith %}</c>: a scope in which those names are set; their values do not see each other.</summary>
internal sealed class With(IReadOnlyList<(Target Target, Expression Value)> assignments, Body body) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        var inner = new Scope(scope);
        rendering.Spend(assignments.Count);
        foreach (var (target, value) in assignments) target.Assign(value.Evaluate(scope, rendering), inner, rendering);
        return body.Execute(inner, output, rendering);
    }
}
