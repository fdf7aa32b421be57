namespace Exo.Engine.Chat.Jinja;

/// <summary>Parses expressions by recursive descent: here the operators, the loosest first.</summary>
internal sealed partial class ExpressionParser(ParseState state)
{
    /// <summary>One expression; <paramref name="takesConditional"/>: whether <c>a if b else c</c> may stand here.</summary>
    public Expression Parse(bool takesConditional = true)
    {
        state.Enter();
        var expression = takesConditional ? ParseConditional() : ParseOr();
        state.Leave();
        return expression;
    }

    /// <summary>One expression, or several with commas between them as a tuple.</summary>
    /// <param name="endsAt">A name that ends the tuple beside a tag's end and a bracket.</param>
    public Expression ParseTuple(bool takesConditional = true, string? endsAt = null, bool inBrackets = false)
    {
        var line = state.Current.Line;
        var items = new List<Expression>();
        var isTuple = false;
        while (!AtTupleEnd(endsAt))
        {
            items.Add(Parse(takesConditional));
            if (!state.SkipOperator(",")) break;
            isTuple = true;
        }

        if (isTuple || (items.Count == 0 && inBrackets)) return new TupleDisplay(line, items);
        return items.Count == 1 ? items[0] : throw state.Unexpected("an expression");
    }

    private bool AtTupleEnd(string? endsAt) =>
        state.Current.Kind is TokenKind.OutputEnd or TokenKind.BlockEnd || state.Current.IsOperator(")")
        || (endsAt is not null && state.Current.IsName(endsAt));

    private Expression ParseConditional()
    {
        var (line, known) = (state.Current.Line, state.Unknown.Count);
        var then = ParseOr();
        while (state.SkipName("if"))
        {
            var test = ParseOr();
            Expression? otherwise = null;
            if (state.SkipName("else"))
            {
                state.Enter();
                otherwise = ParseConditional();
                state.Leave();
            }

            then = new Conditional(line, test, then, otherwise);
            // What stands in a conditional may never be reached.
            state.Unknown.RemoveRange(known, state.Unknown.Count - known);
            line = state.Current.Line;
        }

        return then;
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (state.Current.IsName("or")) left = new LogicalOperation(state.Take().Line, isAnd: false, left, ParseAnd());
        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (state.Current.IsName("and")) left = new LogicalOperation(state.Take().Line, isAnd: true, left, ParseNot());
        return left;
    }

    private Expression ParseNot()
    {
        if (!state.Current.IsName("not")) return ParseComparison();
        var line = state.Take().Line;
        state.Enter();
        var operand = ParseNot();
        state.Leave();
        return new UnaryOperation(line, "not", operand);
    }

    private Expression ParseComparison()
    {
        var line = state.Current.Line;
        var first = ParseSum();
        var pairs = new List<(string Symbol, Expression Right)>();
        while (TakeComparison() is { } symbol) pairs.Add((symbol, ParseSum()));
        return pairs.Count == 0 ? first : new Comparisons(line, first, pairs);
    }

    private string? TakeComparison()
    {
        if (state.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" }) return state.Take().Text;
        if (state.SkipName("in")) return "in";
        if (!state.Current.IsName("not") || !state.Following.IsName("in")) return null;
        state.Take();
        state.Take();
        return "notin";
    }

    private Expression ParseSum()
    {
        var left = ParseConcatenation();
        while (state.Current is { Kind: TokenKind.Operator, Text: "+" or "-" }) left = ParseRight(left, ParseConcatenation);
        return left;
    }

    private Expression ParseConcatenation()
    {
        var line = state.Current.Line;
        List<Expression> parts = [ParseProduct()];
        while (state.SkipOperator("~")) parts.Add(ParseProduct());
        return parts.Count == 1 ? parts[0] : new Concatenation(line, parts);
    }

    private Expression ParseProduct()
    {
        var left = ParsePower();
        while (state.Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" }) left = ParseRight(left, ParsePower);
        return left;
    }

    private Expression ParsePower()
    {
        var left = ParseUnary();
        while (state.Current.IsOperator("**")) left = ParseRight(left, () => ParseUnary());
        return left;
    }

    private BinaryOperation ParseRight(Expression left, Func<Expression> parse)
    {
        var symbol = state.Take();
        return new BinaryOperation(symbol.Line, symbol.Text, left, parse());
    }

    private Expression ParseUnary(bool takesFilters = true)
    {
        var expression = state.Current is { Kind: TokenKind.Operator, Text: "-" or "+" } ? ParseSign() : ParsePrimary();
        expression = ParsePostfix(expression);
        return takesFilters ? ParseFiltersAndTests(expression) : expression;
    }

    private UnaryOperation ParseSign()
    {
        var sign = state.Take();
        state.Enter();
        var operand = ParseUnary(takesFilters: false);
        state.Leave();
        return new UnaryOperation(sign.Line, sign.Text, operand);
    }
}
