namespace Exo.Engine.Chat.Jinja;

/// <summary><c>cycler(…)</c>: <c>next()</c> gives its items round and round.</summary>
internal sealed class CyclerValue(IReadOnlyList<Value> items) : IdentityValue
{
    private static readonly MethodTable Methods = new(
        new Builtin("next", "", call => ((CyclerValue)call.Self).Next()),
        new Builtin("reset", "", call => ((CyclerValue)call.Self).Reset()));

    private int _position;

    public override string TypeName => "Cycler";

    public override Value? Attribute(string name) => name == "current" ? items[_position] : Methods.Bind(name, this);

    private Value Next()
    {
        var current = items[_position];
        _position = (_position + 1) % items.Count;
        return current;
    }

    private NoneValue Reset()
    {
        _position = 0;
        return NoneValue.None;
    }
}
