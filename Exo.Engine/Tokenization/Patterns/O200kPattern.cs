using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>
/// GPT-4o's pattern and Tekken's, by hand: words split where lower case turns into upper case.
/// <c>P?U*W+C?|P?U+W*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+</c> with P = <c>[^\r\n\p{L}\p{N}]</c>,
/// U = <c>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]</c>, W = <c>[\p{Ll}\p{Lm}\p{Lo}\p{M}]</c> and C the contractions.
/// </summary>
internal sealed class O200kPattern(Contractions contractions, int maxDigits) : TextPattern
{
    private const CharClass LetterOrMark = CharClass.Letter | CharClass.Mark;

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
        // 1. Words: each alternative first with the char before the word, then without it.
        var first = CharClasses.At(text, at, out var length);
        var next = at + length;
        var mayPrefix = (first & (CharClass.Letter | CharClass.Number)) == 0 && text[at] is not ('\r' or '\n');
        if ((mayPrefix && TryLowerWord(text, next, out var end)) || TryLowerWord(text, at, out end)
            || (mayPrefix && TryUpperWord(text, next, out end)) || TryUpperWord(text, at, out end))
            return end + ContractionMatcher.Length(text, end, contractions);

        // 2. Numbers.
        if ((first & CharClass.Number) != 0)
        {
            for (var digits = 1; digits < maxDigits && next < text.Length && (CharClasses.At(text, next, out length) & CharClass.Number) != 0; digits++)
                next += length;
            return next;
        }

        // 3. What is neither letter, number nor whitespace, a space before it and line breaks or slashes after it.
        const CharClass NotOther = CharClass.Letter | CharClass.Number | CharClass.Space;
        var other = text[at] == ' ' ? next : at;
        if (other < text.Length && (CharClasses.At(text, other, out length) & NotOther) == 0)
        {
            end = other + length;
            while (end < text.Length && (CharClasses.At(text, end, out length) & NotOther) == 0)
                end += length;
            while (end < text.Length && text[end] is '\r' or '\n' or '/')
                end++;
            return end;
        }

        // 4. Whitespace.
        return Whitespace.EndWithBreaks(text, at);
    }

    /// <summary><c>U*W+</c>: the upper run, giving back its end up to its last caseless char where no lower case follows.</summary>
    private static bool TryLowerWord(ReadOnlySpan<char> text, int at, out int end)
    {
        end = at;
        var lastCaseless = -1;
        int length;
        while (end < text.Length && IsUpper(CharClasses.At(text, end, out length)))
        {
            if (IsLower(CharClasses.At(text, end, out _)))
                lastCaseless = end + length;
            end += length;
        }
        var upperEnd = end;
        while (end < text.Length && IsLower(CharClasses.At(text, end, out length)))
            end += length;
        if (end > upperEnd)
            return true;
        end = lastCaseless;
        return lastCaseless >= 0;
    }

    /// <summary><c>U+W*</c>, asked only where <c>U*W+</c> fails, so that no lower case follows the run.</summary>
    private static bool TryUpperWord(ReadOnlySpan<char> text, int at, out int end)
    {
        end = at;
        while (end < text.Length && IsUpper(CharClasses.At(text, end, out var length)))
            end += length;
        return end > at;
    }

    private static bool IsUpper(CharClass c) => (c & LetterOrMark) != 0 && (c & CharClass.Lower) == 0;

    private static bool IsLower(CharClass c) => (c & LetterOrMark) != 0 && (c & CharClass.Upper) == 0;
}
