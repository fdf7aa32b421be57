namespace Exo.Engine.Chat.Jinja;

/// <summary>Filters, tests, and the arguments of calls.</summary>
internal sealed partial class ExpressionParser
{
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
            var isLate = isNamed || state.Current.IsOperator("**");
            var fitsEarly = rest is null && (named.Count == 0 || state.Current.IsOperator("*"));
            if (restNamed is not null || !(isLate || fitsEarly))
                throw TemplateError.Syntax("arguments by position come first, then by name, then '**'", line);
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
