namespace Exo.Engine.Chat.Jinja;

/// <summary>One group of the filter <c>groupby</c>: a pair that also answers to <c>grouper</c> and <c>list</c>.</summary>
internal sealed class GroupValue(Value grouper, ListValue items) : TupleValue([grouper, items])
{
    public override Value? Attribute(string name) => name switch
    {
        "grouper" => Items[0],
        "list" => Items[1],
        _ => base.Attribute(name),
    };
}
