namespace Exo.Engine.Chat.Jinja;

/// <summary>A double, printed as Python prints it.</summary>
internal sealed class FloatValue(double number) : Value
{
    public double Number { get; } = number;

    public override string TypeName => "float";

    public override bool IsTrue => Number != 0;

    public override void WriteRepr(TextBuilder output) => output.Append(FloatText.Repr(Number));

    public override bool Equals(object? other) => other is Value number && Numbers.AreEqual(this, number);

    public override int GetHashCode() => Numbers.Hash(this);
}
