using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, by hand.</summary>
internal sealed class Gpt2Pattern : TextPattern
{
    public override bool Tiles => true;

    public override void FindAll(ReadOnlySpan<char> text, int offset, SpanList matches)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = End(text, at);
            matches.Add(offset + at, end - at);
            at = end;
        }
    }

    private static int End(ReadOnlySpan<char> text, int at)
    {
        if (ContractionMatcher.Length(text, at, Contractions.LowerCase) is > 0 and var contraction)
            return at + contraction;

        var start = text[at] == ' ' && at + 1 < text.Length ? at + 1 : at;
        var first = CharClasses.At(text, start, out var length);
        if ((first & CharClass.Space) == 0)
        {
            // One run of letters, of numbers or of neither, whichever the first one is.
            const CharClass Kinds = CharClass.Letter | CharClass.Number | CharClass.Space;
            var kind = first & Kinds;
            var end = start + length;
            while (end < text.Length && (CharClasses.At(text, end, out length) & Kinds) == kind)
                end += length;
            return end;
        }
        return Whitespace.End(text, at);
    }
}
