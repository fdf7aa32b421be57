using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary><c>a.b</c>.</summary>
internal sealed class AttributeLookup(int line, Expression owner, string name) : Expression(line, Above(owner))
{
    private readonly StringValue _name = new(name);

    protected override Value Compute(Scope scope, Rendering rendering)
    {
        var value = owner.Evaluate(scope, rendering);
        rendering.Line = Line;
        return Access.Attribute(value, _name);
    }
}

/// <summary><c>a[b]</c>.</summary>
internal sealed class ItemLookup(int line, Expression owner, Expression key) : Expression(line, Above(owner, key))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        var value = owner.Evaluate(scope, rendering);
        var index = key.Evaluate(scope, rendering);
        rendering.Line = Line;
        return Access.Item(value, index, rendering);
    }
}

/// <summary><c>a[start:stop:step]</c>, each part optional.</summary>
internal sealed class SliceLookup(int line, Expression owner, Expression? start, Expression? stop, Expression? step)
    : Expression(line, Above(owner, start, stop, step))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        var value = owner.Evaluate(scope, rendering);
        var bounds = new SliceBounds(Bound(start, scope, rendering), Bound(stop, scope, rendering), Bound(step, scope, rendering));
        rendering.Line = Line;
        return value.Slice(bounds, rendering) ?? throw new TemplateError($"'{value.TypeName}' object is not subscriptable");
    }

    private static BigInteger? Bound(Expression? part, Scope scope, Rendering rendering) => part?.Evaluate(scope, rendering) switch
    {
        null or NoneValue => null,
        UndefinedValue undefined => throw undefined.Error(),
        var value => Numbers.Integer(value) ?? throw new TemplateError($"slice indices must be integers or None, not '{value.TypeName}'"),
    };
}
