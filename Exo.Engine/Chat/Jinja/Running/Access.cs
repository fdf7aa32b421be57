namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// <c>a.b</c> and <c>a[b]</c> as Jinja2 resolves them: the first looks for a method or attribute and then for an element, the second the other
/// way round, and what neither finds is undefined. Names of Python's internals are withheld.
/// </summary>
internal static class Access
{
    public static Value Attribute(Value owner, StringValue name)
    {
        if (owner.Attribute(name.Text) is { } attribute) return attribute;
        if (owner is DictValue dict && dict.Find(name) is { } value) return value;
        return Absent(owner, name.Text);
    }

    public static Value Item(Value owner, Value key, Rendering rendering)
    {
        rendering.Spend(key.Weight);
        if (owner.Item(key, rendering) is { } item) return item;
        if (key is not StringValue name) return UndefinedValue.Member(owner, rendering.Repr(key) is { Length: <= 80 } text ? text : "…");
        if (owner is not UndefinedValue && owner.Attribute(name.Text) is { } attribute) return attribute;
        return Absent(owner, name.Text);
    }

    private static UndefinedValue Absent(Value owner, string name) =>
        name.StartsWith("__", StringComparison.Ordinal) ? UndefinedValue.Withheld(owner, name) : UndefinedValue.Member(owner, name);
}
