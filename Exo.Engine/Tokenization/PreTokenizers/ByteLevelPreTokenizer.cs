using System.Text;
using Exo.Engine.Tokenization.Patterns;

namespace Exo.Engine.Tokenization.PreTokenizers;

/// <summary>"ByteLevel": GPT-2's split where asked for, then words spelled in <see cref="ByteAlphabet"/>.</summary>
/// <param name="addPrefixSpace">A space goes before each word that has none.</param>
/// <param name="useRegex">Splits by <see cref="KnownPatterns.Gpt2"/>.</param>
/// <param name="spells">False where the model takes the bytes itself: the last step before a byte-level model.</param>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex, bool spells) : PreTokenizer
{
    private readonly SplitPreTokenizer? _split = useRegex ? new(KnownPatterns.Matcher(KnownPatterns.Gpt2), SplitBehavior.Isolated) : null;

    public override void Apply(PreTokens tokens)
    {
        if (addPrefixSpace)
            tokens.Rewrite(AddSpace);
        _split?.Apply(tokens);
        if (spells)
            tokens.Rewrite(Spell);
    }

    private static void AddSpace(PreTokens tokens, TextSpan word, StringBuilder text)
    {
        if (tokens.Text[word.Start] != ' ')
            text.Append(' ');
        text.Append(tokens.Text, word.Start, word.Length);
    }

    private static void Spell(PreTokens tokens, TextSpan word, StringBuilder text)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in tokens.Text.AsSpan(word.Start, word.Length).EnumerateRunes())
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
                text.Append(ByteAlphabet.CharOf(value));
    }
}
