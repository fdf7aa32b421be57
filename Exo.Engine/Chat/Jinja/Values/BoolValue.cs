namespace Exo.Engine.Chat.Jinja;

/// <summary>True and False; in arithmetic and as keys they are 1 and 0.</summary>
internal sealed class BoolValue : Value
{
    public static readonly BoolValue True = new(true);
    public static readonly BoolValue False = new(false);

    private BoolValue(bool value) => IsTrue = value;

    public override string TypeName => "bool";

    public override bool IsTrue { get; }

    public static BoolValue Of(bool value) => value ? True : False;

    public override void WriteRepr(TextBuilder output) => output.Append(IsTrue ? "True" : "False");

    public override bool Equals(object? other) => other is Value number && Numbers.AreEqual(this, number);

    public override int GetHashCode() => Numbers.Hash(this);
}
