namespace Exo.Engine.Chat.Jinja;

/// <summary>A literal.</summary>
internal sealed class Constant(int line, Value value) : Expression(line, 1)
{
    public Value Value => value;

    protected override Value Compute(Scope scope, Rendering rendering) => value;
}
