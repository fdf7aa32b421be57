namespace Exo.Engine.Chat.Jinja;

/// <summary>What a value can be assigned to.</summary>
internal abstract class Target(int line)
{
    public int Line => line;

    public abstract void Assign(Value value, Scope scope, Rendering rendering);
}

/// <summary>A name, set in the scope at hand.</summary>
internal sealed class NameTarget(int line, string name) : Target(line)
{
    public override void Assign(Value value, Scope scope, Rendering rendering) => scope.Set(name, value);
}

/// <summary><c>ns.name</c>, where ns is a namespace.</summary>
internal sealed class NamespaceTarget(int line, string owner, string name) : Target(line)
{
    public override void Assign(Value value, Scope scope, Rendering rendering)
    {
        rendering.Line = Line;
        if (scope.Find(owner) is not NamespaceValue space)
            throw new TemplateError($"cannot assign attribute '{name}' on '{owner}', which is no namespace");
        space.Set(name, value);
    }
}

/// <summary><c>a, b</c>: as many items as targets.</summary>
internal sealed class TupleTarget(int line, IReadOnlyList<Target> targets) : Target(line)
{
    public override void Assign(Value value, Scope scope, Rendering rendering)
    {
        rendering.Line = Line;
        if (value.Iterate() is not { } items) throw new TemplateError($"cannot unpack non-iterable {value.TypeName} object");
        Value[] parts = [.. rendering.Paid(items).Take(targets.Count + 1)];
        if (parts.Length > targets.Count) throw new TemplateError($"too many values to unpack (expected {targets.Count})");
        if (parts.Length < targets.Count)
            throw new TemplateError($"not enough values to unpack (expected {targets.Count}, got {parts.Length})");
        for (var i = 0; i < parts.Length; i++) targets[i].Assign(parts[i], scope, rendering);
    }
}
