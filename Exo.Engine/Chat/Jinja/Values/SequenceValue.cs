namespace Exo.Engine.Chat.Jinja;

/// <summary>What lists and tuples share.</summary>
internal abstract class SequenceValue(IReadOnlyList<Value> items) : Value
{
    private readonly Bulk _bulk = Bulk.Of(items);

    public IReadOnlyList<Value> Items { get; } = items;

    public override bool IsTrue => Items.Count > 0;

    public override int? Length => Items.Count;

    public override long Weight => _bulk.Weight;

    public override int Depth => _bulk.Depth;

    public override bool IsSequence => true;

    /// <summary>A sequence of the same type.</summary>
    public abstract SequenceValue With(IReadOnlyList<Value> items);

    public override IEnumerable<Value> Iterate() => Items;

    public override IEnumerable<Value> IterateBackwards()
    {
        for (var i = Items.Count - 1; i >= 0; i--) yield return Items[i];
    }

    public override Value? Item(Value key, Rendering rendering) =>
        Numbers.Integer(key) is { } number && SliceBounds.Element(number, Items.Count) is { } index ? Items[index] : null;

    public override Value Slice(SliceBounds bounds, Rendering rendering)
    {
        var range = bounds.Over(Items.Count);
        rendering.Spend(range.Count);
        var part = new Value[range.Count];
        for (var i = 0; i < part.Length; i++) part[i] = Items[range.Start + i * range.Step];
        return With(part);
    }

    /// <summary>The items' reprs with ", " between them.</summary>
    protected void WriteItems(TextBuilder output)
    {
        Limits.GuardStack();
        for (var i = 0; i < Items.Count; i++)
        {
            if (i > 0) output.Append(", ");
            Items[i].WriteRepr(output);
        }
    }

    protected bool ItemsEqual(SequenceValue other)
    {
        Limits.GuardStack();
        if (ReferenceEquals(Items, other.Items)) return true;
        if (Items.Count != other.Items.Count) return false;
        for (var i = 0; i < Items.Count; i++)
        {
            if (!Items[i].Equals(other.Items[i])) return false;
        }

        return true;
    }
}
