using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>What bools, integers and floats have in common: they compare, hash and mix as numbers.</summary>
internal static class Numbers
{
    public static bool IsNumber(Value value) => value is IntValue or FloatValue or BoolValue;

    /// <summary>The value as an integer, if it is one or a bool.</summary>
    public static BigInteger? Integer(Value value) => value switch
    {
        IntValue integer => integer.Number,
        BoolValue flag => flag.IsTrue ? BigInteger.One : BigInteger.Zero,
        _ => null,
    };

    /// <summary>The number as a double.</summary>
    /// <exception cref="TemplateError">An integer beyond a double's range, or no number.</exception>
    public static double Float(Value value)
    {
        if (value is FloatValue real) return real.Number;
        var number = (double)(Integer(value) ?? throw new TemplateError($"a number is needed, not '{value.TypeName}'"));
        return double.IsInfinity(number) ? throw new TemplateError("an integer is too large for a float") : number;
    }

    public static bool AreEqual(Value left, Value right) => IsNumber(left) && IsNumber(right) && Compare(left, right) == 0;

    /// <summary>Exact order of two numbers, integers against floats included; null if one is NaN.</summary>
    public static int? Compare(Value left, Value right)
    {
        if (Integer(left) is { } a)
        {
            if (Integer(right) is { } b) return a.CompareTo(b);
            return -CompareFloat(((FloatValue)right).Number, a);
        }

        var real = ((FloatValue)left).Number;
        if (Integer(right) is { } integer) return CompareFloat(real, integer);
        var other = ((FloatValue)right).Number;
        return double.IsNaN(real) || double.IsNaN(other) ? null : real.CompareTo(other);
    }

    /// <summary>A hash that equal numbers of different types share.</summary>
    public static int Hash(Value value)
    {
        if (Integer(value) is { } integer) return integer.GetHashCode();
        var real = ((FloatValue)value).Number;
        return double.IsInteger(real) ? new BigInteger(real).GetHashCode() : real.GetHashCode();
    }

    private static int? CompareFloat(double real, BigInteger integer)
    {
        if (double.IsNaN(real)) return null;
        if (double.IsInfinity(real)) return real > 0 ? 1 : -1;
        var order = new BigInteger(Math.Floor(real)).CompareTo(integer);
        return order == 0 && !double.IsInteger(real) ? 1 : order;
    }
}
