namespace Exo.Engine.Tokenization.Patterns;

/// <summary>One literal text; an empty one matches nothing.</summary>
internal sealed class LiteralPattern(string literal) : TextPattern
{
    public override void FindAll(ReadOnlySpan<char> text, int offset, SpanList matches)
    {
        if (literal.Length == 0)
            return;
        for (var at = 0; text[at..].IndexOf(literal, StringComparison.Ordinal) is >= 0 and var found; at += literal.Length)
        {
            at += found;
            matches.Add(offset + at, literal.Length);
        }
    }
}

/// <summary>Every code point of a kind, one by one, or every run of them.</summary>
internal sealed class CodePointPattern(Func<int, bool> wanted, bool runs = false) : TextPattern
{
    public override void FindAll(ReadOnlySpan<char> text, int offset, SpanList matches)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            if (wanted(Unicode.CharClasses.CodePointAt(text, at, out var length)))
            {
                at += length;
                while (runs && at < text.Length && wanted(Unicode.CharClasses.CodePointAt(text, at, out length)))
                    at += length;
                matches.Add(offset + start, at - start);
            }
            else
                at += length;
        }
    }
}
