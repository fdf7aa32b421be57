namespace Exo.Engine.Chat.Jinja;

/// <summary>Python's <c>None</c>, JSON's <c>null</c>.</summary>
internal sealed class NoneValue : Value
{
    public static readonly NoneValue None = new();

    private NoneValue()
    {
    }

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;

    public override void WriteRepr(TextBuilder output) => output.Append("None");

    public override bool Equals(object? other) => other is NoneValue;

    public override int GetHashCode() => 0;
}
