using System.Globalization;
using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Parses expressions by recursive descent, the loosest operators first. Names of methods follow Jinja2's grammar.</summary>
internal sealed class ExpressionParser(ParseState state)
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
        state.Current.Kind is TokenKind.OutputEnd or TokenKind.BlockEnd || state.Current.IsOperator(")") || (endsAt is not null && state.Current.IsName(endsAt));

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

    private Expression ParsePrimary()
    {
        var token = state.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                state.Take();
                return ParseName(token);
            case TokenKind.String:
                var parts = new List<string>();
                while (state.Current.Kind == TokenKind.String) parts.Add(state.Take().Text);
                return new Constant(token.Line, new StringValue(string.Concat(parts)));
            case TokenKind.Integer:
                state.Take();
                return new Constant(token.Line, IntValue.Of(BigInteger.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Float:
                state.Take();
                return new Constant(token.Line, new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text is "(" or "[" or "{":
                return ParseBracketed(token);
            default:
                throw state.Unexpected("an expression");
        }
    }

    private Expression ParseName(Token token)
    {
        switch (token.Text)
        {
            case "true" or "True": return new Constant(token.Line, BoolValue.True);
            case "false" or "False": return new Constant(token.Line, BoolValue.False);
            case "none" or "None": return new Constant(token.Line, NoneValue.None);
        }

        state.Mention(token.Text);
        return new Name(token.Line, token.Text);
    }

    private Expression ParseBracketed(Token opening)
    {
        state.Take();
        if (opening.Text == "[") return new ListDisplay(opening.Line, ParseItems("]", () => Parse()));
        if (opening.Text == "{") return new DictDisplay(opening.Line, ParseItems("}", ParsePair));
        var inner = ParseTuple(inBrackets: true);
        state.Expect(")");
        return inner;
    }

    private (Expression Key, Expression Value) ParsePair()
    {
        var key = Parse();
        state.Expect(":");
        return (key, Parse());
    }

    /// <summary>Items with commas between them up to <paramref name="closing"/>; a comma may follow the last.</summary>
    private List<T> ParseItems<T>(string closing, Func<T> parse)
    {
        var items = new List<T>();
        while (!state.SkipOperator(closing))
        {
            if (items.Count > 0) state.Expect(",");
            if (state.SkipOperator(closing)) break;
            items.Add(parse());
        }

        return items;
    }

    private Expression ParsePostfix(Expression expression)
    {
        while (true)
        {
            var token = state.Current;
            if (state.SkipOperator(".")) expression = ParseMember(expression, token.Line);
            else if (state.SkipOperator("[")) expression = ParseSubscript(expression, token.Line);
            else if (token.IsOperator("(")) expression = new Call(token.Line, expression, ParseArguments());
            else return expression;
        }
    }

    private Expression ParseMember(Expression owner, int line)
    {
        if (state.Current.Kind == TokenKind.Integer)
            return new ItemLookup(line, owner, new Constant(line, IntValue.Of(BigInteger.Parse(state.Take().Text, CultureInfo.InvariantCulture))));
        return new AttributeLookup(line, owner, state.Current.Kind == TokenKind.Name ? state.Take().Text : throw state.Unexpected("a name or number"));
    }

    private Expression ParseSubscript(Expression owner, int line)
    {
        if (state.Current.IsOperator(":")) return ParseSlice(owner, line, start: null);
        var first = Parse();
        if (state.Current.IsOperator(":")) return ParseSlice(owner, line, first);
        if (state.SkipOperator("]")) return new ItemLookup(line, owner, first);
        List<Expression> keys = [first];
        while (!state.SkipOperator("]"))
        {
            state.Expect(",");
            if (!state.Current.IsOperator("]")) keys.Add(Parse());
        }

        return new ItemLookup(line, owner, new TupleDisplay(line, keys));
    }

    private SliceLookup ParseSlice(Expression owner, int line, Expression? start)
    {
        state.Expect(":");
        var stop = ParseBound();
        var step = state.SkipOperator(":") ? ParseBound() : null;
        state.Expect("]");
        return new SliceLookup(line, owner, start, stop, step);
    }

    private Expression? ParseBound() => state.Current is { Kind: TokenKind.Operator, Text: ":" or "]" } ? null : Parse();

    private Expression ParseFiltersAndTests(Expression expression)
    {
        while (true)
        {
            var token = state.Current;
            if (state.SkipOperator("|")) expression = new Filter(token.Line, expression, ParseFilter());
            else if (state.SkipName("is")) expression = ParseTest(expression, token.Line);
            else if (token.IsOperator("(")) expression = new Call(token.Line, expression, ParseArguments());
            else return expression;
        }
    }

    /// <summary>A filter's name and arguments, after its bar.</summary>
    public FilterCall ParseFilter()
    {
        var line = state.Current.Line;
        var name = ParseDottedName();
        if (FilterTable.Find(name) is null) state.Unknown.Add(($"no filter named '{name}'", line));
        return new FilterCall(line, name, state.Current.IsOperator("(") ? ParseArguments() : CallArguments.None);
    }

    private string ParseDottedName()
    {
        List<string> parts = [state.TakeName()];
        while (state.SkipOperator(".")) parts.Add(state.TakeName());
        return string.Join('.', parts);
    }

    private Expression ParseTest(Expression subject, int line)
    {
        var isNegated = state.SkipName("not");
        var name = ParseDottedName();
        if (TestTable.Find(name) is null) state.Unknown.Add(($"no test named '{name}'", line));
        Note(subject, name);
        var test = new Test(line, subject, name, ParseTestArguments());
        return isNegated ? new UnaryOperation(line, "not", test) : test;
    }

    /// <summary>Arguments in brackets, or one without: <c>x is divisibleby 3</c>.</summary>
    private CallArguments ParseTestArguments()
    {
        var token = state.Current;
        if (token.IsOperator("(")) return ParseArguments();
        var isArgument = token.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float
            || (token.Kind == TokenKind.Operator && token.Text is "[" or "{")
            || (token.Kind == TokenKind.Name && token.Text is not ("else" or "or" or "and"));
        if (!isArgument) return CallArguments.None;
        if (token.IsName("is")) throw TemplateError.Syntax("tests with 'is' cannot be chained", token.Line);
        return new CallArguments([ParsePostfix(ParsePrimary())], [], null, null);
    }

    private void Note(Expression subject, string test)
    {
        if (subject is not Name name) return;
        if (test == "none") state.AskedNone.Add(name.Identifier);
        if (test is "defined" or "undefined") state.AskedDefined.Add(name.Identifier);
    }

    private CallArguments ParseArguments()
    {
        var line = state.Current.Line;
        var (positional, named) = (new List<Expression>(), new List<(string Name, Expression Value)>());
        var (rest, restNamed, names) = ((Expression?)null, (Expression?)null, new HashSet<string>(StringComparer.Ordinal));
        state.Expect("(");
        ParseItems(")", () =>
        {
            var isNamed = state.Current.Kind == TokenKind.Name && state.Following.IsOperator("=");
            var fits = restNamed is null && (isNamed || state.Current.IsOperator("**") || (rest is null && (named.Count == 0 || state.Current.IsOperator("*"))));
            if (!fits) throw TemplateError.Syntax("arguments by position come first, then by name, then '**'", line);
            if (state.SkipOperator("*")) rest = Parse();
            else if (state.SkipOperator("**")) restNamed = Parse();
            else if (!isNamed) positional.Add(Parse());
            else named.Add((TakeArgumentName(names), Parse()));
            return 0;
        });
        return new CallArguments(positional, named, rest, restNamed);
    }

    private string TakeArgumentName(HashSet<string> names)
    {
        var name = state.TakeName();
        state.Expect("=");
        return names.Add(name) ? name : throw TemplateError.Syntax($"the argument '{name}' is given twice", state.Current.Line);
    }
}
