namespace Exo.Engine.Chat.Jinja;

/// <summary><c>a|filter</c>.</summary>
internal sealed class Filter(int line, Expression subject, FilterCall call) : Expression(line, Above(call.Children.Append(subject)))
{
    protected override Value Compute(Scope scope, Rendering rendering) => call.Apply(subject.Evaluate(scope, rendering), scope, rendering);
}
