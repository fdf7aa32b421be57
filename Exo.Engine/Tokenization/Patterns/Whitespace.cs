using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>The alternatives for whitespace that the GPT family's patterns end with. All whitespace lies in the basic plane.</summary>
internal static class Whitespace
{
    /// <summary>The end of the run of whitespace that begins at <paramref name="at"/>.</summary>
    public static int RunEnd(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && (CharClasses.Of(text[at]) & CharClass.Space) != 0)
            at++;
        return at;
    }

    /// <summary><c>\s+(?!\S)|\s+</c> at a whitespace: the run, but for its last char where a word follows.</summary>
    public static int End(ReadOnlySpan<char> text, int at)
    {
        var end = RunEnd(text, at);
        return end == text.Length || end - at == 1 ? end : end - 1;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c> at a whitespace: up to the run's last line break if it has one.</summary>
    public static int EndWithBreaks(ReadOnlySpan<char> text, int at)
    {
        var end = RunEnd(text, at);
        var lastBreak = text[at..end].LastIndexOfAny('\r', '\n');
        return lastBreak >= 0 ? at + lastBreak + 1 : end == text.Length || end - at == 1 ? end : end - 1;
    }
}
