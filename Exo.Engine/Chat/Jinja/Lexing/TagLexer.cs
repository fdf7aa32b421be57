using System.Globalization;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Reads the tokens inside one tag, up to its end. Brackets must balance, so that <c>}}</c> can close two of them.</summary>
internal sealed class TagLexer(string source, List<Token> tokens)
{
    private const string SingleOperators = "+-/*%~[](){}<>=.:|,;";
    private static readonly string[] SingleSymbols = [.. SingleOperators.Select(symbol => symbol.ToString())];
    private static readonly string[] DoubleOperators = ["//", "**", "==", "!=", ">=", "<="];

    private readonly Stack<char> _closers = [];
    private int _position;
    private int _line;

    /// <summary>Adds the tag's tokens.</summary>
    /// <param name="start">First position inside the tag.</param>
    /// <param name="line">The line of <paramref name="start"/>.</param>
    /// <param name="isOutput">Whether <c>}}</c> ends it, not <c>%}</c>.</param>
    /// <returns>Position of the tag's end, of its sign where it has one.</returns>
    public int Read(int start, int line, bool isOutput)
    {
        (_position, _line) = (start, line);
        _closers.Clear();
        while (_position < source.Length)
        {
            if (_closers.Count == 0 && AtEnd(isOutput)) return _position;
            ReadToken();
        }

        throw TemplateError.Syntax(isOutput ? "'{{' has no '}}'" : "'{%' has no '%}'", line);
    }

    private bool AtEnd(bool isOutput)
    {
        var at = source.AsSpan(_position);
        if (isOutput) return at.StartsWith("}}") || at.StartsWith("-}}");
        return at.StartsWith("%}") || at.StartsWith("-%}") || at.StartsWith("+%}");
    }

    private void ReadToken()
    {
        var c = source[_position];
        if (c == '\n') _line++;
        if (Characters.IsSpace(c)) _position++;
        else if (char.IsAsciiDigit(c)) ReadNumber();
        else if (c is '\'' or '"') ReadString(c);
        else if (c == '_' || char.IsLetter(c) || char.IsSurrogate(c)) ReadName();
        else ReadOperator(c);
    }

    private void Add(TokenKind kind, string text) => tokens.Add(new Token(kind, text, _line));

    private void ReadName()
    {
        var start = _position;
        while (_position < source.Length && Characters.IsWord(source, _position)) _position += Characters.Width(source, _position);
        if (_position == start) throw Unexpected(source[start].ToString());
        Add(TokenKind.Name, source[start.._position]);
    }

    private void ReadString(char quote)
    {
        var start = ++_position;
        while (_position < source.Length && source[_position] != quote) _position += source[_position] == '\\' ? 2 : 1;
        if (_position >= source.Length) throw TemplateError.Syntax($"a string has no closing {quote}", _line);
        var raw = source[start.._position++];
        Add(TokenKind.String, StringLiteral.Unescape(raw, _line));
        _line += raw.AsSpan().Count('\n');
    }

    /// <summary>A number as Python writes it; a float needs digits on both sides of its point, and none follows a point (<c>x.0.1</c>).</summary>
    private void ReadNumber()
    {
        var start = _position;
        if (source[start] == '0' && start + 2 < source.Length && ReadPrefixed(char.ToLowerInvariant(source[start + 1]))) return;
        SkipDigits();
        var isFloat = (start == 0 || source[start - 1] != '.') && (SkipFraction() | SkipExponent());
        if (!isFloat && source[start] == '0')
        {
            // 007 is three tokens' worth of nonsense to Python; only the zeros belong together.
            _position = start + 1;
            while (_position < source.Length && source[_position] == '0') _position++;
        }

        var text = source[start.._position].Replace("_", "", StringComparison.Ordinal);
        if (!isFloat && text.Length > Limits.IntegerDigits) throw TemplateError.Syntax("an integer of too many digits", _line);
        Add(isFloat ? TokenKind.Float : TokenKind.Integer, text);
    }

    private bool SkipFraction()
    {
        if (!Follows('.')) return false;
        _position++;
        SkipDigits();
        return true;
    }

    private bool SkipExponent()
    {
        if (_position >= source.Length || source[_position] is not ('e' or 'E')) return false;
        var digits = _position + 1;
        if (digits < source.Length && source[digits] is '+' or '-') digits++;
        if (digits >= source.Length || !char.IsAsciiDigit(source[digits])) return false;
        _position = digits;
        SkipDigits();
        return true;
    }

    private void SkipDigits()
    {
        while (_position < source.Length && (char.IsAsciiDigit(source[_position]) || Follows('_'))) _position++;
    }

    /// <summary>Whether <paramref name="symbol"/> and then a digit come next.</summary>
    private bool Follows(char symbol) =>
        _position + 1 < source.Length && source[_position] == symbol && char.IsAsciiDigit(source[_position + 1]);

    /// <summary><c>0x1F</c>, <c>0o17</c>, <c>0b11</c>; false if it is none of them.</summary>
    private bool ReadPrefixed(char prefix)
    {
        var radix = prefix switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
        if (radix == 0) return false;
        var end = _position + 2;
        while (end < source.Length && (source[end] == '_' || IntegerText.Digit(source[end]) < radix)) end++;
        if (IntegerText.Parse(source.AsSpan(_position, end - _position), radix) is not { } number) return false;
        _position = end;
        Add(TokenKind.Integer, number.ToString(CultureInfo.InvariantCulture));
        return true;
    }

    private void ReadOperator(char c)
    {
        var at = source.AsSpan(_position);
        foreach (var symbol in DoubleOperators)
        {
            if (!at.StartsWith(symbol)) continue;
            Add(TokenKind.Operator, symbol);
            _position += 2;
            return;
        }

        var single = SingleOperators.IndexOf(c);
        if (single < 0) throw Unexpected(c.ToString());
        Balance(c);
        Add(TokenKind.Operator, SingleSymbols[single]);
        _position++;
    }

    private void Balance(char c)
    {
        if (c is '(' or '[' or '{') _closers.Push(c switch { '(' => ')', '[' => ']', _ => '}' });
        if (c is not (')' or ']' or '}')) return;
        if (!_closers.TryPop(out var expected)) throw Unexpected(c.ToString());
        if (expected != c) throw TemplateError.Syntax($"unexpected '{c}', expected '{expected}'", _line);
    }

    private TemplateError Unexpected(string what) => TemplateError.Syntax($"unexpected '{what}'", _line);
}
