namespace Exo.Engine.Chat.Jinja;

/// <summary>A list. It has no mutating methods: the sandbox withholds them.</summary>
internal sealed class ListValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "list";

    public override SequenceValue With(IReadOnlyList<Value> items) => new ListValue(items);

    public override Value? Attribute(string name) => MethodTables.Lists.Bind(name, this);

    public override void WriteRepr(TextBuilder output)
    {
        output.Append("[");
        WriteItems(output);
        output.Append("]");
    }

    public override bool Equals(object? other) => other is ListValue list && ItemsEqual(list);

    public override int GetHashCode() => throw new TemplateError("unhashable type: 'list'");
}
