namespace Exo.Engine.Chat.Jinja;

/// <summary>Parses template text and tags. One method per tag.</summary>
internal sealed class StatementParser(ParseState state)
{
    private readonly ExpressionParser _expressions = new(state);
    private readonly TargetParser _targets = new(state);

    /// <summary>The whole template.</summary>
    public Body ParseTemplate() => ParseBody(opening: null, []);

    /// <summary>Statements up to one of the tags <paramref name="ends"/>, whose name is then the current token.</summary>
    private Body ParseBody(Token? opening, string[] ends)
    {
        var statements = new List<Statement>();
        while (true)
        {
            var token = state.Take();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    statements.Add(new Text(token.Text));
                    break;
                case TokenKind.OutputBegin:
                    statements.Add(new Output([_expressions.ParseTuple()]));
                    state.Expect(TokenKind.OutputEnd);
                    break;
                case TokenKind.BlockBegin when state.Current.Kind == TokenKind.Name && ends.Contains(state.Current.Text):
                    return new Body(statements);
                case TokenKind.BlockBegin:
                    statements.Add(ParseStatement(ends));
                    state.Expect(TokenKind.BlockEnd);
                    break;
                default:
                    if (opening is not { } tag) return new Body(statements);
                    throw TemplateError.Syntax($"'{tag.Text}' has no '{ends[^1]}'", tag.Line);
            }
        }
    }

    /// <summary>The rest of a tag and the statements up to the one that ends its block, which is skipped.</summary>
    private Body ParseBlock(Token opening)
    {
        var end = "end" + opening.Text;
        var body = ParseBlock(opening, end);
        state.ExpectName(end);
        return body;
    }

    private Body ParseBlock(Token opening, params string[] ends)
    {
        state.SkipOperator(":");
        state.Expect(TokenKind.BlockEnd);
        state.Enter();
        var body = ParseBody(opening, ends);
        state.Leave();
        return body;
    }

    private Statement ParseStatement(string[] ends)
    {
        if (state.Current.Kind != TokenKind.Name) throw state.Unexpected("a tag's name");
        var tag = state.Take();
        switch (tag.Text)
        {
            case "if": return ParseIf(tag);
            case "for": return ParseFor(tag);
            case "set": return ParseSet(tag);
            case "macro": return new Macro(ParseMacro(tag, state.TakeName()));
            case "call": return ParseCall(tag);
            case "filter": return new FilterBlock(ParseFilters(startsWithBar: false), ParseBlock(tag));
            case "with": return ParseWith(tag);
            case "print": return ParsePrint();
            case "generation": return new ScopedBlock(ParseBlock(tag));
            case "block": return ParseNamedBlock(tag);
            case "break": return new Jump(InLoop(tag, Flow.Break));
            case "continue": return new Jump(InLoop(tag, Flow.Continue));
            case "include" or "import" or "from" or "extends":
                throw TemplateError.Syntax($"'{tag.Text}' is not supported: a chat template stands alone", tag.Line);
            default:
                var expected = ends.Length == 0 ? "" : $"; expected {string.Join(" or ", ends.Select(end => $"'{end}'"))}";
                throw TemplateError.Syntax($"unknown tag '{tag.Text}'{expected}", tag.Line);
        }
    }

    private If ParseIf(Token tag)
    {
        var known = state.Unknown.Count;
        var branches = new List<(Expression Test, Body Body)>();
        Body? otherwise = null;
        do
        {
            var test = _expressions.ParseTuple(takesConditional: false);
            branches.Add((test, ParseBlock(tag, "elif", "else", "endif")));
        }
        while (state.SkipName("elif"));

        if (state.SkipName("else")) otherwise = ParseBlock(tag, "endif");
        state.ExpectName("endif");
        // What stands in a branch may never be reached.
        state.Unknown.RemoveRange(known, state.Unknown.Count - known);
        return new If(branches, otherwise);
    }

    private For ParseFor(Token tag)
    {
        state.OuterLoops++;
        var target = _targets.Parse();
        state.ExpectName("in");
        var items = _expressions.ParseTuple(takesConditional: false, endsAt: "recursive");
        var test = state.SkipName("if") ? _expressions.Parse() : null;
        var isRecursive = state.SkipName("recursive");
        state.LoopDepth++;
        var body = ParseBlock(tag, "else", "endfor");
        state.LoopDepth--;
        state.OuterLoops--;
        var otherwise = state.SkipName("else") ? ParseBlock(tag, "endfor") : null;
        state.ExpectName("endfor");
        return new For(tag.Line, target, items, test, isRecursive, body, otherwise);
    }

    private Statement ParseSet(Token tag)
    {
        var target = _targets.Parse(takesNamespace: true);
        if (state.SkipOperator("=")) return new Set(tag.Line, target, _expressions.ParseTuple());
        return new SetBlock(target, ParseFilters(startsWithBar: true), ParseBlock(tag));
    }

    private List<FilterCall> ParseFilters(bool startsWithBar)
    {
        List<FilterCall> filters = startsWithBar ? [] : [_expressions.ParseFilter()];
        while (state.SkipOperator("|")) filters.Add(_expressions.ParseFilter());
        return filters;
    }

    /// <summary>A macro's or call block's signature and body.</summary>
    private MacroShape ParseMacro(Token tag, string name)
    {
        state.Store(name);
        return ParseMacroBody(tag, name, ParseSignature());
    }

    private MacroShape ParseMacroBody(Token tag, string? name, List<(string Name, Expression? Default)> parameters)
    {
        var special = new SpecialNames(parameters.Select(parameter => parameter.Name));
        var loops = state.LoopDepth;
        state.LoopDepth = 0;
        state.Macros.Add(special);
        var body = ParseBlock(tag);
        state.Macros.Remove(special);
        state.LoopDepth = loops;
        return new MacroShape(name, parameters, body, special.Uses("caller"), special.Uses("varargs"), special.Uses("kwargs"));
    }

    private List<(string Name, Expression? Default)> ParseSignature()
    {
        var parameters = new List<(string Name, Expression? Default)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        state.Expect("(");
        while (!state.SkipOperator(")"))
        {
            if (parameters.Count > 0) state.Expect(",");
            var name = state.TakeName();
            if (!names.Add(name)) throw TemplateError.Syntax($"two parameters are called '{name}'", state.Current.Line);
            var absent = state.SkipOperator("=") ? _expressions.Parse() : null;
            if (absent is null && parameters.Count > 0 && parameters[^1].Default is not null)
                throw TemplateError.Syntax($"the parameter '{name}' needs a default, as the one before it has one", state.Current.Line);
            parameters.Add((name, absent));
        }

        return parameters;
    }

    private CallBlock ParseCall(Token tag)
    {
        var parameters = state.Current.IsOperator("(") ? ParseSignature() : [];
        if (_expressions.Parse() is not Call call) throw TemplateError.Syntax("'call' needs a call, like {% call macro() %}", tag.Line);
        return new CallBlock(call, ParseMacroBody(tag, null, parameters));
    }

    private With ParseWith(Token tag)
    {
        var assignments = new List<(Target Target, Expression Value)>();
        while (state.Current.Kind != TokenKind.BlockEnd && !state.Current.IsOperator(":"))
        {
            if (assignments.Count > 0) state.Expect(",");
            var target = _targets.Parse(isParameter: true);
            state.Expect("=");
            assignments.Add((target, _expressions.Parse()));
        }

        return new With(assignments, ParseBlock(tag));
    }

    private Output ParsePrint()
    {
        var values = new List<Expression>();
        while (state.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0) state.Expect(",");
            values.Add(_expressions.Parse());
        }

        return new Output(values);
    }

    private NamedBlock ParseNamedBlock(Token tag)
    {
        var name = state.TakeName();
        var isScoped = state.SkipName("scoped");
        state.SkipName("required");
        var loops = state.LoopDepth;
        state.LoopDepth = 0;
        var body = ParseBlock(tag);
        state.LoopDepth = loops;
        state.SkipName(name);
        return new NamedBlock(isScoped, body);
    }

    private Flow InLoop(Token tag, Flow flow) =>
        state.LoopDepth > 0 ? flow : throw TemplateError.Syntax($"'{tag.Text}' outside a loop", tag.Line);
}
