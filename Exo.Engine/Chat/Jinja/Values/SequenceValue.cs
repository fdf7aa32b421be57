namespace Exo.Engine.Chat.Jinja;

/// <summary>What lists and tuples share.</summary>
internal abstract class SequenceValue(IReadOnlyList<Value> items) : Value
{
    public IReadOnlyList<Value> Items { get; } = items;

    public override bool IsTrue => Items.Count > 0;

    public override int? Length => Items.Count;

    public override long Weight { get; } = Weights.Of(items);

    public override bool IsSequence => true;

    /// <summary>A sequence of the same type.</summary>
    public abstract SequenceValue With(IReadOnlyList<Value> items);

    public override IEnumerable<Value> Iterate() => Items;

    public override IEnumerable<Value> IterateBackwards() => Items.Reverse();

    public override Value? Item(Value key, Rendering rendering) =>
        Numbers.Integer(key) is { } number && SliceBounds.Element(number, Items.Count) is { } index ? Items[index] : null;

    public override Value Slice(SliceBounds bounds, Rendering rendering)
    {
        var (start, count, step) = bounds.Over(Items.Count);
        rendering.Spend(count);
        var part = new Value[count];
        for (var i = 0; i < count; i++) part[i] = Items[start + i * step];
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
