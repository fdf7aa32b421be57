using System.Globalization;
using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>
/// Reads the regular expressions of tokenizer files: Oniguruma's Ruby syntax over code points, without captures' back-references,
/// conditionals and recursion. <see cref="FormatException"/> says what is wrong or unknown, and where.
/// </summary>
internal sealed class PatternParser
{
    private const int MaxDepth = 100;

    private readonly string _text;
    private int _at;
    private int _depth;
    private bool _ignoreCase;
    private bool _dotAll;
    private bool _extended;

    private PatternParser(string text) => _text = text;

    public static PatternNode Parse(string text)
    {
        var parser = new PatternParser(text);
        var node = parser.Alternatives();
        return parser._at == text.Length ? node : throw parser.Error("unmatched )");
    }

    private bool More => _at < _text.Length;

    private PatternNode Alternatives()
    {
        if (++_depth > MaxDepth)
            throw Error($"nested deeper than {MaxDepth}");
        var (ignoreCase, dotAll, extended) = (_ignoreCase, _dotAll, _extended);
        var alternatives = new List<PatternNode> { Sequence() };
        while (Take('|'))
            alternatives.Add(Sequence());
        (_ignoreCase, _dotAll, _extended) = (ignoreCase, dotAll, extended);
        _depth--;
        return alternatives.Count == 1 ? alternatives[0] : new PatternNode.Choice(alternatives);
    }

    private PatternNode Sequence()
    {
        var parts = new List<PatternNode>();
        while (More && _text[_at] is not ('|' or ')'))
            if (Atom() is { } atom)
                parts.Add(Quantified(atom));
        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    private PatternNode? Atom()
    {
        var codePoint = Next();
        switch (codePoint)
        {
            case '(':
                return Group();
            case '[':
                return new PatternNode.One(new PatternClassParser(this).Class());
            case '.':
                return new PatternNode.One(_dotAll ? CodePointSet.All : CodePointSet.Of('\n').Invert());
            case '^':
                return new PatternNode.Position(PositionKind.LineStart);
            case '$':
                return new PatternNode.Position(PositionKind.LineEnd);
            case '\\':
                return Position() ?? (PatternNode)new PatternNode.One(Escape());
            case '?' or '*' or '+':
                throw Error("nothing to repeat");
            case '#' when _extended:
                while (More && _text[_at] != '\n')
                    _at++;
                return null;
            case ' ' or '\t' or '\n' or '\r' when _extended:
                return null;
            default:
                return new PatternNode.One(Literal(codePoint));
        }
    }

    private PatternNode? Group()
    {
        if (!Take('?'))
            return Closed(Alternatives());
        if (Take('#'))
        {
            while (More && _text[_at] != ')')
                _at++;
            return Closed(null);
        }
        if (Take(':'))
            return Closed(Alternatives());
        if (Take('>'))
            return Closed(new PatternNode.Atomic(Alternatives()));
        if (Take('='))
            return Closed(new PatternNode.Look(Alternatives(), Behind: false, Negative: false));
        if (Take('!'))
            return Closed(new PatternNode.Look(Alternatives(), Behind: false, Negative: true));
        if (Take("<="))
            return Closed(new PatternNode.Look(Alternatives(), Behind: true, Negative: false));
        if (Take("<!"))
            return Closed(new PatternNode.Look(Alternatives(), Behind: true, Negative: true));
        if (Take('<') || Take("P<") || Take('\''))
        {
            while (More && _text[_at] is not ('>' or '\''))
                _at++;
            _at = Math.Min(_at + 1, _text.Length);
            return Closed(Alternatives());
        }
        return Options();
    }

    /// <summary>(?i) for the rest of the group, (?i:…) for itself; m is "dot matches line breaks", as in Ruby.</summary>
    private PatternNode? Options()
    {
        var saved = (_ignoreCase, _dotAll, _extended);
        var on = true;
        while (More && _text[_at] is not (')' or ':'))
        {
            switch (_text[_at++])
            {
                case '-': on = false; break;
                case 'i': _ignoreCase = on; break;
                case 'm' or 's': _dotAll = on; break;
                case 'x': _extended = on; break;
                case 'u': break;
                default: throw Error("unknown group");
            }
        }
        if (!Take(':'))
            return Closed(null);
        var body = Alternatives();
        (_ignoreCase, _dotAll, _extended) = saved;
        return Closed(body);
    }

    private PatternNode? Closed(PatternNode? node) => Take(')') ? node : throw Error("missing )");

    private PatternNode Quantified(PatternNode atom)
    {
        for (var inARow = 0; More; inARow++)
        {
            int min, max;
            var interval = false;
            if (Take('?'))
                (min, max) = (0, 1);
            else if (Take('*'))
                (min, max) = (0, int.MaxValue);
            else if (Take('+'))
                (min, max) = (1, int.MaxValue);
            else if (_text[_at] == '{' && Interval() is { } bounds)
                (min, max, interval) = (bounds.Min, bounds.Max, true);
            else
                break;
            if (inARow == 8)
                throw Error("too many quantifiers in a row");
            var greed = Take('?') ? Greed.Lazy : !interval && Take('+') ? Greed.Possessive : Greed.Greedy;
            atom = new PatternNode.Repeat(atom, min, max, greed);
        }
        return atom;
    }

    /// <summary>{n}, {n,}, {,m} or {n,m}; anything else after the brace makes it a literal.</summary>
    private (int Min, int Max)? Interval()
    {
        var close = _text.IndexOf('}', _at);
        if (close < 0)
            return null;
        var bounds = _text[(_at + 1)..close].Split(',');
        var max = 0;
        if (bounds.Length > 2 || !Bound(bounds[0], 0, out var min) || !Bound(bounds[^1], int.MaxValue, out max) || bounds.All(bound => bound.Length == 0))
            return null;
        _at = close + 1;
        if (max < min)
            throw Error("a repetition's upper bound is below its lower one");
        return (min, max);

        static bool Bound(string text, int missing, out int value)
        {
            value = missing;
            return text.Length == 0 || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        }
    }

    private PatternNode.Position? Position()
    {
        if (!More)
            throw Error("a lone \\ at the end");
        PositionKind? kind = _text[_at] switch
        {
            'A' => PositionKind.TextStart,
            'z' => PositionKind.TextEnd,
            'Z' => PositionKind.TextEndOrLastBreak,
            'b' => PositionKind.WordBorder,
            'B' => PositionKind.NoWordBorder,
            _ => null,
        };
        if (kind is null)
            return null;
        _at++;
        return new PatternNode.Position(kind.Value);
    }

    /// <summary>What an escape stands for, outside and inside of a class; the backslash is read already.</summary>
    internal CodePointSet Escape()
    {
        if (!More)
            throw Error("a lone \\ at the end");
        var c = Next();
        switch (c)
        {
            case 's': return CodePointSets.Space;
            case 'S': return CodePointSets.Space.Invert();
            case 'd': return CodePointSets.Digit;
            case 'D': return CodePointSets.Digit.Invert();
            case 'w': return CodePointSets.Word;
            case 'W': return CodePointSets.Word.Invert();
            case 'h': return CodePointSets.HexDigit;
            case 'H': return CodePointSets.HexDigit.Invert();
            case 'p': return Property(inverted: false);
            case 'P': return Property(inverted: true);
            case 'n': return CodePointSet.Of('\n');
            case 'r': return CodePointSet.Of('\r');
            case 't': return CodePointSet.Of('\t');
            case 'f': return CodePointSet.Of('\f');
            case 'v': return CodePointSet.Of('\v');
            case 'a': return CodePointSet.Of('\a');
            case 'e': return CodePointSet.Of(0x1B);
            case '0': return CodePointSet.Of(0);
            case 'x': return CodePointSet.Of(Take('{') ? Hex(_text.IndexOf('}', _at) - _at, closing: 1) : Hex(2));
            case 'u': return CodePointSet.Of(Hex(4));
            default:
                return c < 128 && char.IsAsciiLetterOrDigit((char)c) ? throw Error($"unknown escape \\{(char)c}") : Literal(c);
        }
    }

    /// <summary>One literal code point, with its other cases where case is ignored.</summary>
    internal CodePointSet Literal(int codePoint) => WithCases(CodePointSet.Of(codePoint));

    internal CodePointSet WithCases(CodePointSet set) => _ignoreCase ? CaseFolding.Close(set) : set;

    internal bool Take(char wanted)
    {
        if (!More || _text[_at] != wanted)
            return false;
        _at++;
        return true;
    }

    internal bool Take(string wanted)
    {
        if (string.CompareOrdinal(_text, _at, wanted, 0, wanted.Length) != 0)
            return false;
        _at += wanted.Length;
        return true;
    }

    internal bool Sees(char wanted) => More && _text[_at] == wanted;

    internal bool Sees(string wanted) => string.CompareOrdinal(_text, _at, wanted, 0, wanted.Length) == 0;

    internal int Next()
    {
        if (!More)
            throw Error("it ends too early");
        var codePoint = CharClasses.CodePointAt(_text, _at, out var length);
        _at += length;
        return codePoint;
    }

    internal void Enter()
    {
        if (++_depth > MaxDepth)
            throw Error($"nested deeper than {MaxDepth}");
    }

    internal void Leave() => _depth--;

    internal FormatException Error(string problem) => new($"the pattern can't be read at char {_at}: {problem}");

    private CodePointSet Property(bool inverted)
    {
        if (!Take('{'))
            throw Error("\\p needs {…}");
        inverted ^= Take('^');
        var close = _text.IndexOf('}', _at);
        if (close < 0)
            throw Error("missing }");
        var name = _text[_at..close];
        var set = CodePointSets.Named(name) ?? throw Error($"unknown property {name}");
        _at = close + 1;
        return inverted ? set.Invert() : set;
    }

    private int Hex(int digits, int closing = 0)
    {
        if (digits <= 0 || _at + digits + closing > _text.Length
            || !int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || (uint)value >= CodePointSet.Limit)
            throw Error("a code point in hexadecimal is expected");
        _at += digits + closing;
        return value;
    }
}
