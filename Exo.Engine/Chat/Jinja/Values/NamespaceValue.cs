namespace Exo.Engine.Chat.Jinja;

/// <summary><c>namespace(…)</c>: the one thing whose attributes a template can set, so that loops can hand values out.</summary>
internal sealed class NamespaceValue : IdentityValue
{
    private readonly Dictionary<string, Value> _attributes = [];

    public override string TypeName => "Namespace";

    public void Set(string name, Value value) => _attributes[name] = value;

    public override Value? Attribute(string name) => _attributes.GetValueOrDefault(name);
}
