namespace Exo.Engine.Chat.Jinja;

/// <summary>Names and their values, inside a scope that sees further ones. Setting a name never reaches outwards.</summary>
internal sealed class Scope
{
    private readonly Scope? _parent;
    private Dictionary<string, Value>? _names;

    /// <exception cref="TemplateError">Too many scopes inside one another.</exception>
    public Scope(Scope? parent)
    {
        _parent = parent;
        Depth = parent is null ? 0 : parent.Depth + 1;
        if (Depth > Limits.ScopeDepth) throw TemplateError.Limit($"more than {Limits.ScopeDepth} scopes inside one another");
    }

    /// <summary>How many scopes this one sees beside itself.</summary>
    public int Depth { get; }

    /// <summary>The outermost scope of this render, just inside the built-in functions.</summary>
    public Scope Root
    {
        get
        {
            var scope = this;
            while (scope._parent is { Depth: > 0 } parent) scope = parent;
            return scope;
        }
    }

    public void Set(string name, Value value) => (_names ??= new Dictionary<string, Value>(StringComparer.Ordinal))[name] = value;

    /// <summary>The nearest value of that name, or null.</summary>
    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope._parent)
        {
            if (scope._names is { } names && names.TryGetValue(name, out var value)) return value;
        }

        return null;
    }
}
