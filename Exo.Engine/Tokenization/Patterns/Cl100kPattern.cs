using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>, by hand,
/// with what differs between Llama-3, Qwen and their kin as parameters.
/// </summary>
/// <param name="contractions">The first alternative.</param>
/// <param name="maxDigits">The bound of <c>\p{N}{1,…}</c>.</param>
/// <param name="letters">What the second alternative repeats; <see cref="CharClass.Letter"/>, with marks in Qwen3.5.</param>
internal sealed class Cl100kPattern(Contractions contractions, int maxDigits, CharClass letters = CharClass.Letter) : TextPattern
{
    private readonly CharClass _notOther = letters | CharClass.Number | CharClass.Space;

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

    private int End(ReadOnlySpan<char> text, int at)
    {
        // 1. A contraction.
        if (ContractionMatcher.Length(text, at, contractions) is > 0 and var contraction)
            return at + contraction;

        // 2. Letters, with any one char but a digit or a line break before them.
        var first = CharClasses.At(text, at, out var length);
        var next = at + length;
        if ((first & letters) != 0)
            return RunEnd(text, next, letters);
        if ((first & CharClass.Number) != 0)
            return DigitsEnd(text, next);
        if (next < text.Length && text[at] is not ('\r' or '\n') && (CharClasses.At(text, next, out length) & letters) != 0)
            return RunEnd(text, next + length, letters);

        // 3. What is neither letter, number nor whitespace, a space before it and line breaks after it.
        var other = text[at] == ' ' ? next : at;
        if (other < text.Length && (CharClasses.At(text, other, out length) & _notOther) == 0)
        {
            var end = other + length;
            while (end < text.Length && (CharClasses.At(text, end, out length) & _notOther) == 0)
                end += length;
            while (end < text.Length && text[end] is '\r' or '\n')
                end++;
            return end;
        }

        // 4. Whitespace.
        return Whitespace.EndWithBreaks(text, at);
    }

    private int DigitsEnd(ReadOnlySpan<char> text, int at)
    {
        for (var digits = 1; digits < maxDigits && at < text.Length && (CharClasses.At(text, at, out var length) & CharClass.Number) != 0; digits++)
            at += length;
        return at;
    }

    private static int RunEnd(ReadOnlySpan<char> text, int at, CharClass wanted)
    {
        while (at < text.Length && (CharClasses.At(text, at, out var length) & wanted) != 0)
            at += length;
        return at;
    }
}
