namespace Exo.Engine.Chat.Jinja;

/// <summary>A dict, in the order of insertion. It has no mutating methods: the sandbox withholds them.</summary>
internal sealed class DictValue(OrderedDictionary<Value, Value> entries) : Value
{
    private readonly Bulk _bulk = Bulk.Of(entries.SelectMany(entry => new[] { entry.Key, entry.Value }));

    public OrderedDictionary<Value, Value> Entries { get; } = entries;

    public override string TypeName => "dict";

    public override bool IsTrue => Entries.Count > 0;

    public override int? Length => Entries.Count;

    public override long Weight => _bulk.Weight;

    public override int Depth => _bulk.Depth;

    public override bool IsSequence => true;

    public IEnumerable<Value> Pairs => Entries.Select(entry => TupleValue.Of(entry.Key, entry.Value));

    public override IEnumerable<Value> Iterate() => Entries.Keys;

    public override IEnumerable<Value> IterateBackwards() => EntriesBackwards.Select(entry => entry.Key);

    /// <summary>The entries, the last first.</summary>
    public IEnumerable<KeyValuePair<Value, Value>> EntriesBackwards
    {
        get
        {
            for (var i = Entries.Count - 1; i >= 0; i--) yield return Entries.GetAt(i);
        }
    }

    public override Value? Attribute(string name) => MethodTables.Dicts.Bind(name, this);

    /// <summary>The value under <paramref name="key"/>, or null.</summary>
    /// <exception cref="TemplateError">A list or dict as key.</exception>
    public Value? Find(Value key) => Entries.TryGetValue(key, out var value) ? value : null;

    public override Value? Item(Value key, Rendering rendering) => key is ListValue or DictValue ? null : Find(key);

    public override Value Slice(SliceBounds bounds, Rendering rendering) => throw new TemplateError("unhashable type: 'slice'");

    public override bool Contains(Value item, Rendering rendering)
    {
        rendering.Spend(item.Weight);
        return Entries.ContainsKey(item);
    }

    public override void WriteRepr(TextBuilder output)
    {
        Limits.GuardStack();
        output.Append("{");
        var isFirst = true;
        foreach (var (key, value) in Entries)
        {
            if (!isFirst) output.Append(", ");
            isFirst = false;
            key.WriteRepr(output);
            output.Append(": ");
            value.WriteRepr(output);
        }

        output.Append("}");
    }

    public override bool Equals(object? other)
    {
        Limits.GuardStack();
        return ReferenceEquals(this, other) || (other is DictValue dict && dict.Entries.Count == Entries.Count
            && Entries.All(entry => dict.Find(entry.Key) is { } value && value.Equals(entry.Value)));
    }

    public override int GetHashCode() => throw new TemplateError("unhashable type: 'dict'");
}
