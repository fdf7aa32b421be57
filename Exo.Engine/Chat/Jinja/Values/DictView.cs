namespace Exo.Engine.Chat.Jinja;

/// <summary>What <c>keys()</c>, <c>values()</c> and <c>items()</c> of a dict give: sized and iterable, without elements by number.</summary>
/// <param name="name">The method: "keys", "values" or "items".</param>
internal sealed class DictView(string name, DictValue dict) : Value
{
    public DictValue Dict => dict;

    public override string TypeName => $"dict_{name}";

    public override bool IsTrue => dict.IsTrue;

    public override int? Length => dict.Length;

    public override long Weight => dict.Weight;

    public override int Depth => dict.Depth;

    public override IEnumerable<Value> Iterate() => dict.Entries.Select(Element);

    public override IEnumerable<Value> IterateBackwards() => dict.EntriesBackwards.Select(Element);

    private Value Element(KeyValuePair<Value, Value> entry) => name switch
    {
        "keys" => entry.Key,
        "values" => entry.Value,
        _ => TupleValue.Of(entry.Key, entry.Value),
    };

    public override void WriteRepr(TextBuilder output)
    {
        output.Append($"dict_{name}(");
        new ListValue([.. Iterate()]).WriteRepr(output);
        output.Append(")");
    }

    /// <summary>Keys and pairs compare as sets; values only with themselves.</summary>
    public override bool Equals(object? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is not DictView view || view.TypeName != TypeName || view.Length != Length) return false;
        return name switch
        {
            "keys" => dict.Entries.Keys.All(view.Dict.Entries.ContainsKey),
            "items" => dict.Equals(view.Dict),
            _ => false,
        };
    }

    public override int GetHashCode() => throw new TemplateError($"unhashable type: '{TypeName}'");
}
