namespace Exo.Engine.Chat.Jinja;

/// <summary><c>not a</c>, <c>-a</c>, <c>+a</c>.</summary>
internal sealed class UnaryOperation(int line, string symbol, Expression operand) : Expression(line, Above(operand))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        var value = operand.Evaluate(scope, rendering);
        rendering.Line = Line;
        return symbol switch
        {
            "not" => BoolValue.Of(!value.IsTrue),
            "-" => Operators.Negate(value),
            _ => Operators.Plus(value),
        };
    }
}

/// <summary><c>a + b</c> and the other arithmetic.</summary>
internal sealed class BinaryOperation(int line, string symbol, Expression left, Expression right) : Expression(line, Above(left, right))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        var first = left.Evaluate(scope, rendering);
        var second = right.Evaluate(scope, rendering);
        rendering.Line = Line;
        return Operators.Binary(symbol, first, second, rendering);
    }
}

/// <summary><c>a and b</c>, <c>a or b</c>: the operand that decides.</summary>
internal sealed class LogicalOperation(int line, bool isAnd, Expression left, Expression right) : Expression(line, Above(left, right))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        var first = left.Evaluate(scope, rendering);
        return first.IsTrue == isAnd ? right.Evaluate(scope, rendering) : first;
    }
}

/// <summary><c>a ~ b ~ c</c>: the texts of all, joined.</summary>
internal sealed class Concatenation(int line, IReadOnlyList<Expression> parts) : Expression(line, Above(parts))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        var text = new TextBuilder(rendering);
        foreach (var part in parts) part.Evaluate(scope, rendering).WriteText(text);
        return new StringValue(text.ToString());
    }
}

/// <summary><c>a &lt; b &lt;= c</c>: each pair holds; evaluation stops at the first that does not.</summary>
internal sealed class Comparisons(int line, Expression first, IReadOnlyList<(string Symbol, Expression Right)> pairs)
    : Expression(line, Above(pairs.Select(pair => pair.Right).Append(first)))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        var left = first.Evaluate(scope, rendering);
        foreach (var (symbol, operand) in pairs)
        {
            var right = operand.Evaluate(scope, rendering);
            rendering.Line = Line;
            if (!Comparison.Holds(symbol, left, right, rendering)) return BoolValue.False;
            left = right;
        }

        return BoolValue.True;
    }
}

/// <summary><c>a if test else b</c>; without else and not true it is undefined.</summary>
internal sealed class Conditional(int line, Expression test, Expression then, Expression? otherwise)
    : Expression(line, Above(test, then, otherwise))
{
    protected override Value Compute(Scope scope, Rendering rendering)
    {
        if (test.Evaluate(scope, rendering).IsTrue) return then.Evaluate(scope, rendering);
        return otherwise?.Evaluate(scope, rendering)
            ?? UndefinedValue.Because($"the inline if-expression on line {Line} evaluated to false and no else section was defined.");
    }
}
