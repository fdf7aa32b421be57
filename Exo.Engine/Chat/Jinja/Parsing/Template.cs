namespace Exo.Engine.Chat.Jinja;

/// <summary>A parsed template.</summary>
/// <param name="Body">What to render.</param>
/// <param name="AskedNone">Variables it asks whether they are none.</param>
/// <param name="AskedDefined">Variables it asks whether they are defined.</param>
internal sealed record Template(Body Body, IReadOnlySet<string> AskedNone, IReadOnlySet<string> AskedDefined)
{
    /// <exception cref="TemplateError">Bad syntax, or a tree too deep.</exception>
    public static Template Parse(string source)
    {
        if (source.Length > Limits.SourceLength) throw TemplateError.Limit($"a template of more than {Limits.SourceLength} characters");
        var state = new ParseState(Lexer.Tokenize(source));
        var body = new StatementParser(state).ParseTemplate();
        if (state.Unknown.Count > 0) throw TemplateError.Syntax(state.Unknown[0].Problem, state.Unknown[0].Line);
        return new Template(body, state.AskedNone, state.AskedDefined);
    }
}
