using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>The binary and unary operators on any values: numbers by <see cref="Arithmetic"/>, text and lists by joining and repeating.</summary>
internal static class Operators
{
    /// <exception cref="TemplateError">Types that do not go together, an undefined operand.</exception>
    public static Value Binary(string symbol, Value left, Value right, Rendering rendering)
    {
        if (Arithmetic.Apply(symbol, left, right) is { } number)
        {
            rendering.Spend(left.Weight + right.Weight + number.Weight);
            return number;
        }

        if (symbol == "%" && left is StringValue format) return PercentFormat.Apply(format, right, rendering);
        if (left is UndefinedValue first) throw first.Error();
        if (right is UndefinedValue second) throw second.Error();
        return symbol switch
        {
            "+" => Join(left, right, rendering),
            "*" => Repeat(left, right, rendering),
            _ => throw Unsupported(symbol, left, right),
        };
    }

    public static Value Negate(Value value) => value switch
    {
        FloatValue real => new FloatValue(-real.Number),
        UndefinedValue undefined => throw undefined.Error(),
        _ => IntValue.Of(-(Numbers.Integer(value) ?? throw new TemplateError($"bad operand type for unary -: '{value.TypeName}'"))),
    };

    public static Value Plus(Value value) => value switch
    {
        FloatValue => value,
        UndefinedValue undefined => throw undefined.Error(),
        _ => IntValue.Of(Numbers.Integer(value) ?? throw new TemplateError($"bad operand type for unary +: '{value.TypeName}'")),
    };

    private static Value Join(Value left, Value right, Rendering rendering)
    {
        switch (left, right)
        {
            case (StringValue a, StringValue b):
                rendering.ReserveText((long)a.Text.Length + b.Text.Length);
                var isMarkup = a.IsMarkup || b.IsMarkup;
                return new StringValue(isMarkup ? Markup.Escape(a) + Markup.Escape(b) : a.Text + b.Text, isMarkup);
            case (StringValue, _):
                throw new TemplateError($"can only concatenate str (not \"{right.TypeName}\") to str");
            case (ListValue or TupleValue, ListValue or TupleValue) when left is ListValue == right is ListValue:
                var (head, tail) = ((SequenceValue)left, (SequenceValue)right);
                rendering.ReserveItems((long)head.Items.Count + tail.Items.Count);
                return head.With([.. head.Items, .. tail.Items]);
            default:
                throw Unsupported("+", left, right);
        }
    }

    private static Value Repeat(Value left, Value right, Rendering rendering)
    {
        var (value, times) = Numbers.Integer(right) is { } after ? (left, (BigInteger?)after) : (right, Numbers.Integer(left));
        if (times is not { } number) throw Unsupported("*", left, right);
        var count = (int)BigInteger.Clamp(number, 0, int.MaxValue);
        switch (value)
        {
            case StringValue text:
                rendering.ReserveText((long)text.Text.Length * count);
                return text.With(CodePoints.Repeat(text.Text, count));
            case SequenceValue { Items: var items } sequence:
                rendering.ReserveItems((long)items.Count * count);
                return sequence.With(items.Count == 0 ? [] : [.. Enumerable.Repeat(items, count).SelectMany(item => item)]);
            default:
                throw Unsupported("*", left, right);
        }
    }

    private static TemplateError Unsupported(string symbol, Value left, Value right) =>
        new($"unsupported operand type(s) for {symbol}: '{left.TypeName}' and '{right.TypeName}'");
}
