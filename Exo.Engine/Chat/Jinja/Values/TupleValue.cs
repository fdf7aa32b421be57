namespace Exo.Engine.Chat.Jinja;

/// <summary>A tuple.</summary>
internal class TupleValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public static readonly TupleValue Empty = new([]);

    public override string TypeName => "tuple";

    public static TupleValue Of(params Value[] items) => new(items);

    public override SequenceValue With(IReadOnlyList<Value> items) => new TupleValue(items);

    public override Value? Attribute(string name) => MethodTables.Tuples.Bind(name, this);

    public override void WriteRepr(TextBuilder output)
    {
        output.Append("(");
        WriteItems(output);
        output.Append(Items.Count == 1 ? ",)" : ")");
    }

    public sealed override bool Equals(object? other) => other is TupleValue tuple && ItemsEqual(tuple);

    public sealed override int GetHashCode()
    {
        Limits.GuardStack();
        var hash = new HashCode();
        foreach (var item in Items) hash.Add(item.GetHashCode());
        return hash.ToHashCode();
    }
}
