namespace Exo.Engine.Chat.Jinja;

/// <summary>Python's <c>==</c>, order and identity, paid for by what they look at.</summary>
internal static class Comparison
{
    public static bool AreEqual(Value left, Value right, Rendering rendering)
    {
        rendering.Spend(Math.Min(left.Weight, right.Weight));
        return left.Equals(right);
    }

    /// <summary>Python's <c>is</c>: the singletons and small things are the same wherever they come from.</summary>
    public static bool AreSame(Value left, Value right)
    {
        if (ReferenceEquals(left, right)) return true;
        return left is NoneValue or BoolValue or IntValue or StringValue && left.GetType() == right.GetType() && left.Equals(right);
    }

    /// <summary>One of <c>== != &lt; &lt;= &gt; &gt;= in notin</c>.</summary>
    /// <exception cref="TemplateError">Types without an order, an undefined operand.</exception>
    public static bool Holds(string symbol, Value left, Value right, Rendering rendering)
    {
        rendering.Spend(1);
        return symbol switch
        {
            "==" => AreEqual(left, right, rendering),
            "!=" => !AreEqual(left, right, rendering),
            "in" => right.Contains(left, rendering),
            "notin" => !right.Contains(left, rendering),
            "<" => Order(symbol, left, right, rendering) < 0,
            "<=" => Order(symbol, left, right, rendering) <= 0,
            ">" => Order(symbol, left, right, rendering) > 0,
            _ => Order(symbol, left, right, rendering) >= 0,
        };
    }

    /// <summary>Negative, zero or positive; null if a NaN decides.</summary>
    public static int? Order(string symbol, Value left, Value right, Rendering rendering)
    {
        rendering.Spend(1);
        Limits.GuardStack();
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right)) return Numbers.Compare(left, right);
        switch (left, right)
        {
            case (StringValue a, StringValue b):
                rendering.SpendText(Math.Min(a.Text.Length, b.Text.Length));
                return CodePoints.Compare(a.Text, b.Text);
            case (ListValue a, ListValue b):
                return OrderItems(symbol, a.Items, b.Items, rendering);
            case (TupleValue a, TupleValue b):
                return OrderItems(symbol, a.Items, b.Items, rendering);
            case (UndefinedValue undefined, _):
                throw undefined.Error();
            case (_, UndefinedValue undefined):
                throw undefined.Error();
            default:
                throw new TemplateError($"'{symbol}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
        }
    }

    /// <summary>The first items that differ decide, then the lengths.</summary>
    private static int? OrderItems(string symbol, IReadOnlyList<Value> left, IReadOnlyList<Value> right, Rendering rendering)
    {
        for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (!AreEqual(left[i], right[i], rendering)) return Order(symbol, left[i], right[i], rendering);
        }

        return left.Count.CompareTo(right.Count);
    }
}
