using System.Globalization;
using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>An integer of any size up to <see cref="Limits.IntegerBits"/>.</summary>
internal sealed class IntValue : Value
{
    private static readonly IntValue[] Small = [.. Enumerable.Range(-128, 1152).Select(number => new IntValue(number))];

    private IntValue(BigInteger number) => Number = number;

    public BigInteger Number { get; }

    public override string TypeName => "int";

    public override bool IsTrue => !Number.IsZero;

    public override long Weight => 1 + Number.GetBitLength() / 32;

    public static IntValue Of(long number) => number is >= -128 and < 1024 ? Small[number + 128] : new IntValue(number);

    /// <exception cref="TemplateError">The number is beyond the limit.</exception>
    public static IntValue Of(BigInteger number)
    {
        if (number >= -128 && number < 1024) return Small[(int)number + 128];
        if (number.GetBitLength() > Limits.IntegerBits) throw TemplateError.Limit("an integer grew too large");
        return new IntValue(number);
    }

    public override void WriteRepr(TextBuilder output) => output.Append(Number.ToString(CultureInfo.InvariantCulture));

    public override bool Equals(object? other) => other is Value number && Numbers.AreEqual(this, number);

    public override int GetHashCode() => Numbers.Hash(this);
}
