namespace Exo.Engine.Chat.Jinja;

/// <summary>Template text, written as it is.</summary>
internal sealed class Text(string text) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        output.Append(text);
        return Flow.Next;
    }
}

/// <summary><c>{{ a }}</c>, or <c>{% print a, b %}</c>.</summary>
internal sealed class Output(IReadOnlyList<Expression> values) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        foreach (var value in values)
        {
            rendering.Line = value.Line;
            value.Evaluate(scope, rendering).WriteText(output);
        }

        return Flow.Next;
    }
}
