using System.Runtime.CompilerServices;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>The English contractions of the GPT family's patterns: 's 't 're 've 'm 'll 'd.</summary>
internal enum Contractions
{
    None,

    /// <summary>As in GPT-2.</summary>
    LowerCase,

    /// <summary>(?i:…), where s is also ſ (U+017F), whose case folds to it.</summary>
    AnyCase,
}

internal static class ContractionMatcher
{
    /// <summary>How many chars after <paramref name="at"/> a contraction takes there, its apostrophe included; 0 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Length(ReadOnlySpan<char> text, int at, Contractions kind) =>
        (uint)at < (uint)text.Length && text[at] == '\'' && kind != Contractions.None ? AfterApostrophe(text[(at + 1)..], kind) : 0;

    private static int AfterApostrophe(ReadOnlySpan<char> rest, Contractions kind)
    {
        if (rest.Length == 0)
            return 0;
        if (Fold(rest[0], kind) is 's' or 't' or 'm' or 'd')
            return 2;
        return rest.Length > 1 && (Fold(rest[0], kind), Fold(rest[1], kind)) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static char Fold(char c, Contractions kind) =>
        kind == Contractions.LowerCase ? c : c == '\u017F' ? 's' : char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}
