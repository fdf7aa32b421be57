using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Python's arithmetic on bools, integers and floats: <c>/</c> is always a float, <c>//</c> and <c>%</c> round towards minus infinity.
/// </summary>
internal static class Arithmetic
{
    /// <summary>The result, or null if an operand is no number.</summary>
    /// <exception cref="TemplateError">Division by zero, a result out of range.</exception>
    public static Value? Apply(string symbol, Value left, Value right)
    {
        if (!Numbers.IsNumber(left) || !Numbers.IsNumber(right)) return null;
        if (Numbers.Integer(left) is { } a && Numbers.Integer(right) is { } b) return OnIntegers(symbol, a, b);
        return new FloatValue(OnFloats(symbol, Numbers.Float(left), Numbers.Float(right)));
    }

    private static Value OnIntegers(string symbol, BigInteger a, BigInteger b) => symbol switch
    {
        "+" => IntValue.Of(a + b),
        "-" => IntValue.Of(a - b),
        "*" => IntValue.Of(a * b),
        "/" => new FloatValue(Quotient(a, b)),
        "//" => IntValue.Of(FloorQuotient(a, b)),
        "%" => IntValue.Of(a - FloorQuotient(a, b) * b),
        _ => Power(a, b),
    };

    private static double OnFloats(string symbol, double a, double b) => symbol switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => b == 0 ? throw DivisionByZero() : a / b,
        "//" => FloorQuotient(a, b),
        "%" => FloorRemainder(a, b),
        _ => Power(a, b),
    };

    private static double Quotient(BigInteger a, BigInteger b)
    {
        if (b.IsZero) throw DivisionByZero();
        var quotient = (double)a / (double)b;
        return double.IsFinite(quotient) ? quotient : throw new TemplateError("integer division result too large for a float");
    }

    private static BigInteger FloorQuotient(BigInteger a, BigInteger b)
    {
        if (b.IsZero) throw DivisionByZero();
        var quotient = BigInteger.DivRem(a, b, out var remainder);
        return !remainder.IsZero && remainder.Sign != b.Sign ? quotient - 1 : quotient;
    }

    private static double FloorRemainder(double a, double b)
    {
        if (b == 0) throw DivisionByZero();
        var remainder = a % b;
        if (remainder == 0) return Math.CopySign(0, b);
        return (remainder < 0) != (b < 0) ? remainder + b : remainder;
    }

    /// <summary>As Python computes it: from the exact remainder, so that the quotient is not rounded up past the true one.</summary>
    private static double FloorQuotient(double a, double b)
    {
        if (b == 0) throw DivisionByZero();
        var remainder = a % b;
        var quotient = (a - remainder) / b;
        if (remainder != 0 && (remainder < 0) != (b < 0)) quotient--;
        if (quotient == 0) return Math.CopySign(0, a / b);
        var floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static Value Power(BigInteger a, BigInteger b)
    {
        if (b.Sign < 0) return new FloatValue(Power((double)a, (double)b));
        if (BigInteger.Abs(a) <= 1) return IntValue.Of(b.IsZero ? 1 : a.Sign < 0 && b.IsEven ? 1 : a);
        if (b * a.GetBitLength() > 2 * Limits.IntegerBits) throw TemplateError.Limit("an integer grew too large");
        return IntValue.Of(BigInteger.Pow(a, (int)b));
    }

    private static double Power(double a, double b)
    {
        if (a == 0 && b < 0) throw new TemplateError("0.0 cannot be raised to a negative power");
        if (a < 0 && double.IsFinite(a) && double.IsFinite(b) && !double.IsInteger(b))
            throw new TemplateError("a negative number cannot be raised to a fractional power");
        var power = Math.Pow(a, b);
        if (double.IsInfinity(power) && double.IsFinite(a) && double.IsFinite(b)) throw new TemplateError("numerical result out of range");
        return power;
    }

    private static TemplateError DivisionByZero() => new("division by zero");
}
