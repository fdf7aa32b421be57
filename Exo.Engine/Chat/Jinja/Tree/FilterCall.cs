namespace Exo.Engine.Chat.Jinja;

/// <summary>One <c>|name(…)</c>, apart from what it is applied to. An unknown name is an error only when it is reached.</summary>
internal sealed class FilterCall(int line, string name, CallArguments arguments)
{
    private readonly Builtin? _filter = FilterTable.Find(name);

    public IEnumerable<Expression?> Children => arguments.Children;

    public Value Apply(Value subject, Scope scope, Rendering rendering)
    {
        var given = arguments.Evaluate(scope, rendering);
        rendering.Line = line;
        return (_filter ?? FilterTable.Get(name)).Invoke(subject, given, rendering);
    }
}
