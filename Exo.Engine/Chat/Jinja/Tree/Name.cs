namespace Exo.Engine.Chat.Jinja;

/// <summary>A variable, undefined where nobody set it.</summary>
internal sealed class Name(int line, string identifier) : Expression(line, 1)
{
    public string Identifier => identifier;

    protected override Value Compute(Scope scope, Rendering rendering)
    {
        rendering.Spend(1 + scope.Depth / 8);
        return scope.Find(identifier) ?? UndefinedValue.Variable(identifier);
    }
}
