namespace Exo.Engine.Chat.Jinja;

/// <summary><c>a is test</c>. An unknown name is an error only when it is reached.</summary>
internal sealed class Test(int line, Expression subject, string name, CallArguments arguments)
    : Expression(line, Above(arguments.Children.Append(subject)))
{
    private readonly Builtin? _test = TestTable.Find(name);

    protected override Value Compute(Scope scope, Rendering rendering)
    {
        var value = subject.Evaluate(scope, rendering);
        var given = arguments.Evaluate(scope, rendering);
        rendering.Line = Line;
        return (_test ?? TestTable.Get(name)).Invoke(value, given, rendering);
    }
}
