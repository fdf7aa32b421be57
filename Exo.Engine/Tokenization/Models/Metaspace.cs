namespace Exo.Engine.Tokenization.Models;

/// <summary>
/// SentencePiece's ▁ as a border. Where no piece has one after anything but another, no merge reaches across the beginning of
/// a run of them, and the words between can be tokenized apart (and remembered) with the same result.
/// </summary>
internal static class Metaspace
{
    public const char Character = '\u2581';

    private static ReadOnlySpan<byte> Utf8 => "\u2581"u8;

    /// <summary>Whether a vocabulary has ▁ and none of its pieces has it after another character.</summary>
    public static bool IsBorder(Vocabulary vocabulary)
    {
        if (vocabulary.Find(Utf8) < 0)
            return false;
        for (var id = 0; id < vocabulary.IdLimit; id++)
        {
            var piece = vocabulary.Piece(id);
            while (piece.StartsWith(Utf8))
                piece = piece[Utf8.Length..];
            if (piece.IndexOf(Utf8) >= 0)
                return false;
        }
        return true;
    }

    /// <summary>The end of the word that begins at <paramref name="start"/>, its leading ▁ included.</summary>
    public static int NextBorder(ReadOnlySpan<char> text, int start)
    {
        var at = start;
        while (at < text.Length && text[at] == Character)
            at++;
        var next = text[at..].IndexOf(Character);
        return next < 0 ? text.Length : at + next;
    }
}
