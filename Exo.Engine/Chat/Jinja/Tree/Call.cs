namespace Exo.Engine.Chat.Jinja;

/// <summary><c>f(…)</c>.</summary>
internal sealed class Call(int line, Expression function, CallArguments arguments)
    : Expression(line, Above(arguments.Children.Append(function)))
{
    protected override Value Compute(Scope scope, Rendering rendering) => Invoke(scope, rendering, caller: null);

    /// <param name="caller">The body of a call block, handed over by that name.</param>
    public Value Invoke(Scope scope, Rendering rendering, Value? caller)
    {
        var callee = function.Evaluate(scope, rendering);
        var given = arguments.Evaluate(scope, rendering);
        rendering.Line = Line;
        if (caller is not null) given = given.With("caller", caller);
        return callee.Call(given, rendering);
    }
}
