namespace Exo.Engine.Chat.Jinja;

/// <summary><c>{% if %} … {% elif %} … {% else %} … {% endif %}</c>. It opens no scope.</summary>
internal sealed class If(IReadOnlyList<(Expression Test, Body Body)> branches, Body? otherwise) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        foreach (var (test, body) in branches)
        {
            rendering.Line = test.Line;
            rendering.Spend(1);
            if (test.Evaluate(scope, rendering).IsTrue) return body.Execute(scope, output, rendering);
        }

        return otherwise?.Execute(scope, output, rendering) ?? Flow.Next;
    }
}
