namespace Exo.Engine.Chat.Jinja;

/// <summary>A node of the syntax tree that does something: writes, sets, loops.</summary>
internal abstract class Statement
{
    public abstract Flow Execute(Scope scope, TextBuilder output, Rendering rendering);
}

/// <summary>Statements one after another, until one breaks off.</summary>
internal sealed class Body(IReadOnlyList<Statement> statements) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        Limits.GuardStack();
        foreach (var statement in statements)
        {
            rendering.Spend(1);
            if (statement.Execute(scope, output, rendering) is var flow and not Flow.Next) return flow;
        }

        return Flow.Next;
    }

    /// <summary>What the statements write, apart from the output.</summary>
    public string Capture(Scope scope, Rendering rendering, out Flow flow)
    {
        var text = new TextBuilder(rendering);
        flow = Execute(scope, text, rendering);
        return text.ToString();
    }
}
