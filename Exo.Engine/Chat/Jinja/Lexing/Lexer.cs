namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Splits a template into text and tags, with Jinja2's whitespace rules as Hugging Face sets them: <c>trim_blocks</c> (a block or
/// comment swallows one newline after it) and <c>lstrip_blocks</c> (and the spaces before it on its line); <c>-</c> and <c>+</c> override
/// both. What is inside a tag is <see cref="TagLexer"/>'s.
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private readonly TagLexer _tags;
    private int _position;
    private int _line = 1;

    private Lexer(string source)
    {
        _source = source;
        _tags = new TagLexer(source, _tokens);
    }

    /// <summary>All tokens of <paramref name="source"/>, ending with <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="TemplateError">A tag, string or comment that does not end, a character that belongs nowhere.</exception>
    public static List<Token> Tokenize(string source)
    {
        // As Jinja2: every newline is \n, and one at the very end is dropped.
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (source.EndsWith('\n')) source = source[..^1];
        var lexer = new Lexer(source);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (FindTag(_position) is var tag and >= 0)
        {
            if (RawBegin(tag) is var rawBody and >= 0)
            {
                AddText(tag, Sign(tag + 2), strips: true);
                ReadRaw(rawBody);
                continue;
            }

            var kind = _source[tag + 1];
            var sign = Sign(tag + 2);
            AddText(tag, sign, strips: kind != '{');
            var body = tag + 2 + (sign == '\0' ? 0 : 1);
            if (kind == '#') SkipComment(body);
            else ReadTag(body, kind == '{');
        }

        AddText(_source.Length, '+', strips: false);
        _tokens.Add(new Token(TokenKind.End, "", _line));
    }

    private int FindTag(int from)
    {
        for (var i = _source.IndexOf('{', from); i >= 0 && i + 1 < _source.Length; i = _source.IndexOf('{', i + 1))
        {
            if (_source[i + 1] is '%' or '{' or '#') return i;
        }

        return -1;
    }

    private char Sign(int position) => position < _source.Length && _source[position] is '-' or '+' ? _source[position] : '\0';

    /// <summary>Adds the text up to <paramref name="end"/>, without what the tag that begins there strips.</summary>
    private void AddText(int end, char sign, bool strips)
    {
        var text = _source[_position..end];
        var kept = text.Length;
        if (sign == '-')
        {
            while (kept > 0 && Characters.IsSpace(text[kept - 1])) kept--;
        }
        else if (sign != '+' && strips)
        {
            var lineStart = text.LastIndexOf('\n') + 1;
            var startsLine = lineStart > 0 || _position == 0 || _source[_position - 1] == '\n';
            if (startsLine && text.AsSpan(lineStart).IndexOfAnyExcept(Characters.Spaces) < 0) kept = lineStart;
        }

        if (kept > 0) _tokens.Add(new Token(TokenKind.Text, text[..kept], _line));
        MoveTo(end);
    }

    private void ReadTag(int body, bool isOutput)
    {
        _tokens.Add(new Token(isOutput ? TokenKind.OutputBegin : TokenKind.BlockBegin, "", _line));
        MoveTo(body);
        var end = _tags.Read(body, _line, isOutput);
        MoveTo(end);
        _tokens.Add(new Token(isOutput ? TokenKind.OutputEnd : TokenKind.BlockEnd, "", _line));
        MoveTo(AfterTagEnd(end, trimsNewline: !isOutput));
    }

    private void SkipComment(int body)
    {
        var end = _source.IndexOf("#}", body, StringComparison.Ordinal);
        if (end < 0) throw TemplateError.Syntax("a comment '{#' has no '#}'", _line);
        if (end > body && _source[end - 1] is '-' or '+') end--;
        MoveTo(AfterTagEnd(end, trimsNewline: true));
    }

    /// <summary>The position after a tag's end (<c>-%}</c>, <c>+%}</c>, <c>%}</c> and the like) and the whitespace it swallows.</summary>
    private int AfterTagEnd(int end, bool trimsNewline)
    {
        var sign = _source[end];
        if (sign == '-') return SkipSpaces(end + 3);
        if (sign == '+') return end + 3;
        return end + 2 < _source.Length && trimsNewline && _source[end + 2] == '\n' ? end + 3 : end + 2;
    }

    /// <summary>Where the text of a raw block begins if <paramref name="tag"/> opens one, else -1.</summary>
    private int RawBegin(int tag)
    {
        if (_source[tag + 1] != '%') return -1;
        var position = WordAfter(tag, "raw");
        if (position < 0) return -1;
        if (Matches(position, "-%}")) return SkipSpaces(position + 3);
        return Matches(position, "%}") ? position + 2 : -1;
    }

    private void ReadRaw(int body)
    {
        var line = _line;
        MoveTo(body);
        for (var from = body; _source.IndexOf("{%", from, StringComparison.Ordinal) is var tag and >= 0; from = tag + 1)
        {
            var end = WordAfter(tag, "endraw");
            if (end < 0 || !(Matches(end, "%}") || Matches(end, "-%}") || Matches(end, "+%}"))) continue;
            AddText(tag, Sign(tag + 2), strips: true);
            MoveTo(AfterTagEnd(end, trimsNewline: true));
            return;
        }

        throw TemplateError.Syntax("'{% raw %}' has no '{% endraw %}'", line);
    }

    /// <summary>The position after <c>{% word </c> at <paramref name="tag"/>, or -1 if another word stands there.</summary>
    private int WordAfter(int tag, string word)
    {
        var position = SkipSpaces(tag + 2 + (Sign(tag + 2) == '\0' ? 0 : 1));
        return Matches(position, word) ? SkipSpaces(position + word.Length) : -1;
    }

    private bool Matches(int position, string text) => string.CompareOrdinal(_source, position, text, 0, text.Length) == 0;

    private int SkipSpaces(int position)
    {
        while (position < _source.Length && Characters.IsSpace(_source[position])) position++;
        return position;
    }

    private void MoveTo(int position)
    {
        _line += _source.AsSpan(_position, position - _position).Count('\n');
        _position = position;
    }
}
