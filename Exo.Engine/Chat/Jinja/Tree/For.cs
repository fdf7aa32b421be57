namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// <c>{% for target in items if test recursive %} … {% else %} … {% endfor %}</c>. Each round has a scope of its own. Items are taken one by
/// one, so a test sees what earlier rounds did. As in Jinja2, else runs unless a round came to its end, so also after a break in the first.
/// </summary>
internal sealed class For(int line, Target target, Expression items, Expression? test, bool isRecursive, Body body, Body? otherwise)
    : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        rendering.Line = line;
        return Run(items.Evaluate(scope, rendering), 0, scope, output, rendering);
    }

    private Flow Run(Value value, int depth, Scope scope, TextBuilder output, Rendering rendering)
    {
        rendering.Line = line;
        var source = rendering.Each(value);
        var length = test is null ? value.Length : null;
        if (test is not null) source = Passing(source, scope, rendering);
        using var loop = new LoopValue(source, length, depth, isRecursive ? inner => Recurse(inner, depth + 1, scope, rendering) : null);
        var completedRound = false;
        while (loop.MoveNext())
        {
            var round = new Scope(scope);
            round.Set("loop", loop);
            target.Assign(loop.Current, round, rendering);
            var flow = body.Execute(round, output, rendering);
            completedRound |= flow == Flow.Next;
            if (flow == Flow.Break) break;
        }

        return completedRound ? Flow.Next : otherwise?.Execute(new Scope(scope), output, rendering) ?? Flow.Next;
    }

    private IEnumerable<Value> Passing(IEnumerable<Value> source, Scope scope, Rendering rendering)
    {
        foreach (var item in source)
        {
            var round = new Scope(scope);
            target.Assign(item, round, rendering);
            if (test!.Evaluate(round, rendering).IsTrue) yield return item;
        }
    }

    /// <summary><c>loop(items)</c> inside a recursive loop: the loop's text over other items.</summary>
    private StringValue Recurse(Value value, int depth, Scope scope, Rendering rendering)
    {
        rendering.Enter();
        var text = new TextBuilder(rendering);
        Run(value, depth, scope, text, rendering);
        rendering.Leave();
        return new StringValue(text.ToString());
    }
}
