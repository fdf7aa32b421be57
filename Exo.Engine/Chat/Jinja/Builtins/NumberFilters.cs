using System.Globalization;
using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Filters that give numbers: <c>int</c>, <c>float</c>, <c>round</c>, <c>abs</c>.</summary>
internal static class NumberFilters
{
    public static readonly Builtin[] All =
    [
        new("int", "default?, base?", ToInteger),
        new("float", "default?", call => Float(call.Self) is { } number ? new FloatValue(number) : call[0] ?? new FloatValue(0)),
        new("round", "precision?, method?", Round),
        new("abs", "", Absolute),
    ];

    private static Value ToInteger(BuiltinCall call)
    {
        var radix = call.Integer(1, 10);
        if (radix != 0 && radix is < 2 or > 36) throw new TemplateError($"int needs a base of 0 or 2 to 36, not {radix}");
        if (call.Self is StringValue digits) call.Rendering.Spend(digits.Text.Length);
        if (call.Self is StringValue text && IntegerText.Parse(text.Text, radix) is { } parsed) return IntValue.Of(parsed);
        if (Numbers.Integer(call.Self) is { } integer) return IntValue.Of(integer);
        if (call.Self is FloatValue real && double.IsInfinity(real.Number)) throw new TemplateError("cannot convert float infinity to integer");
        return Float(call.Self) is { } number && double.IsFinite(number) ? IntValue.Of(new BigInteger(number)) : call[0] ?? IntValue.Of(0);
    }

    /// <summary>What Python's <c>float()</c> reads, or null.</summary>
    private static double? Float(Value value)
    {
        if (value is UndefinedValue undefined) throw undefined.Error();
        if (Numbers.IsNumber(value)) return Numbers.Float(value);
        if (value is not StringValue text) return null;
        var digits = text.Text.AsSpan().Trim(" \t\n\v\f\r").ToString();
        var unsigned = digits.TrimStart('+', '-');
        if (digits.Length - unsigned.Length <= 1 && Named(unsigned) is { } special) return digits.StartsWith('-') ? -special : special;
        if (digits.Contains("__", StringComparison.Ordinal) || digits.StartsWith('_') || digits.EndsWith('_')) return null;
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        digits = digits.Replace("_", "", StringComparison.Ordinal);
        return double.TryParse(digits, style, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static double? Named(string text) => text.ToUpperInvariant() switch
    {
        "INF" or "INFINITY" => double.PositiveInfinity,
        "NAN" => double.NaN,
        _ => null,
    };

    private static Value Round(BuiltinCall call)
    {
        var (precision, method) = (call.Integer(0, 0), call.TextOrNull(1) ?? "common");
        call.Rendering.Spend(Math.Clamp(Math.Abs((long)precision), 0, 512));
        if (!Numbers.IsNumber(call.Self)) throw call.WrongSelf("a number");
        if (method is not ("common" or "ceil" or "floor")) throw new TemplateError("round's method must be common, ceil or floor");
        if (method == "common" && Numbers.Integer(call.Self) is { } integer) return IntValue.Of(RoundInteger(integer, precision));
        var number = Numbers.Float(call.Self);
        if (method == "common") return new FloatValue(ExactDecimal.Round(number, precision));
        var scale = Math.Pow(10, precision);
        var scaled = number * scale;
        if (!double.IsFinite(scaled)) throw new TemplateError("the number is too large to round");
        // Python's ceil and floor give integers, which know no negative zero.
        return new FloatValue(((method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)) + 0.0) / scale);
    }

    /// <summary>Rounds to tens, hundreds, … for a negative precision, ties to even.</summary>
    private static BigInteger RoundInteger(BigInteger number, int precision)
    {
        if (precision >= 0) return number;
        if (-precision > Limits.IntegerDigits + 1) return BigInteger.Zero;
        var unit = BigInteger.Pow(10, -precision);
        var quotient = BigInteger.DivRem(BigInteger.Abs(number), unit, out var remainder);
        var half = (2 * remainder).CompareTo(unit);
        if (half > 0 || (half == 0 && !quotient.IsEven)) quotient++;
        return quotient * unit * number.Sign;
    }

    private static Value Absolute(BuiltinCall call) => call.Self switch
    {
        FloatValue real => new FloatValue(Math.Abs(real.Number)),
        _ => IntValue.Of(BigInteger.Abs(Numbers.Integer(call.Self) ?? throw call.WrongSelf("a number"))),
    };
}
