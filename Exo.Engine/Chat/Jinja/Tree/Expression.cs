namespace Exo.Engine.Chat.Jinja;

/// <summary>A node of the syntax tree that has a value.</summary>
internal abstract class Expression
{
    private readonly int _depth;

    /// <param name="line">Line of the template, from 1.</param>
    /// <param name="depth">Levels of nodes from here down, this one included.</param>
    /// <exception cref="TemplateError">The tree is too deep to be walked.</exception>
    protected Expression(int line, int depth)
    {
        if (depth > Limits.TreeDepth) throw TemplateError.Limit($"an expression of more than {Limits.TreeDepth} levels", line);
        (Line, _depth) = (line, depth);
    }

    public int Line { get; }

    /// <exception cref="TemplateError">An operation that the values do not allow, or a limit reached.</exception>
    public Value Evaluate(Scope scope, Rendering rendering)
    {
        if (_depth > 1)
        {
            rendering.Spend(1);
            Limits.GuardStack();
        }

        return Compute(scope, rendering);
    }

    protected abstract Value Compute(Scope scope, Rendering rendering);

    /// <summary>The depth of a node with these children.</summary>
    protected static int Above(params IEnumerable<Expression?> children) =>
        1 + children.Select(child => child?._depth ?? 0).DefaultIfEmpty().Max();
}
