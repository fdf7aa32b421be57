namespace Exo.Engine.Chat.Jinja;

/// <summary>The methods of one type, and those that the sandbox withholds.</summary>
internal sealed class MethodTable(params IEnumerable<Builtin> methods)
{
    private readonly Dictionary<string, Builtin> _methods = methods.ToDictionary(method => method.Name, StringComparer.Ordinal);

    /// <summary>Names of methods that would change the value.</summary>
    public HashSet<string> Withheld { private get; init; } = [];

    /// <summary>The method bound to <paramref name="self"/>, or null if the type has none of that name.</summary>
    public Value? Bind(string name, Value self)
    {
        if (_methods.TryGetValue(name, out var method)) return new FunctionValue(method, self);
        return Withheld.Contains(name) ? UndefinedValue.Withheld(self, name) : null;
    }
}
