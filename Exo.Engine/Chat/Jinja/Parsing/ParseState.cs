namespace Exo.Engine.Chat.Jinja;

/// <summary>The tokens and the place in them, and what the parsers note on the way.</summary>
internal sealed class ParseState(List<Token> tokens)
{
    private int _position;
    private int _nesting;

    public Token Current => tokens[_position];

    /// <summary>The token after the current one.</summary>
    public Token Following => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    /// <summary>The macros around the current token, the innermost last, and which special names each still watches and has seen.</summary>
    public List<SpecialNames> Macros { get; } = [];

    /// <summary>Loops that <c>break</c> could leave here.</summary>
    public int LoopDepth { get; set; }

    /// <summary>Loops around, also those outside a macro.</summary>
    public int OuterLoops { get; set; }

    /// <summary>Unknown filters and tests in places that are always reached.</summary>
    public List<(string Problem, int Line)> Unknown { get; } = [];

    public HashSet<string> AskedNone { get; } = new(StringComparer.Ordinal);

    public HashSet<string> AskedDefined { get; } = new(StringComparer.Ordinal);

    public Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End) _position++;
        return token;
    }

    public bool SkipName(string name) => Skip(Current.IsName(name));

    public bool SkipOperator(string symbol) => Skip(Current.IsOperator(symbol));

    public string TakeName() => Current.Kind == TokenKind.Name ? Take().Text : throw Unexpected("a name");

    public void Expect(string symbol)
    {
        if (!SkipOperator(symbol)) throw Unexpected($"'{symbol}'");
    }

    public void ExpectName(string name)
    {
        if (!SkipName(name)) throw Unexpected($"'{name}'");
    }

    public void Expect(TokenKind kind)
    {
        if (Current.Kind != kind) throw Unexpected(new Token(kind, "", 0).Description);
        Take();
    }

    public TemplateError Unexpected(string? expected = null) =>
        TemplateError.Syntax($"unexpected {Current.Description}{(expected is null ? "" : $", expected {expected}")}", Current.Line);

    /// <summary>Goes one level deeper into blocks, brackets or prefixes; <see cref="Leave"/> must follow.</summary>
    public void Enter()
    {
        if (++_nesting > Limits.TreeDepth) throw TemplateError.Limit($"nested more than {Limits.TreeDepth} levels deep", Current.Line);
        Limits.GuardStack();
    }

    public void Leave() => _nesting--;

    /// <summary>A name is read.</summary>
    public void Mention(string name)
    {
        foreach (var macro in Macros) macro.Mention(name);
    }

    /// <summary>A name is set.</summary>
    public void Store(string name)
    {
        if (name == "loop" && OuterLoops > 0)
            throw TemplateError.Syntax("can't assign to the special variable 'loop' in a loop", Current.Line);
        foreach (var macro in Macros) macro.Store(name);
    }

    private bool Skip(bool matches)
    {
        if (matches) Take();
        return matches;
    }
}
