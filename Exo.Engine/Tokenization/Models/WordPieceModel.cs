using System.Text;

namespace Exo.Engine.Tokenization.Models;

/// <summary>BERT's WordPiece: the longest piece from the left, again and again; a word that can't be covered is unknown as a whole.</summary>
/// <param name="vocabulary">The pieces.</param>
/// <param name="firstPrefix">Before a word ("▁" in GGUF files).</param>
/// <param name="continuingPrefix">Before a piece that goes on within a word ("##" in tokenizer.json).</param>
/// <param name="unknownId">What a word becomes that can't be covered.</param>
/// <param name="maxChars">A word of more characters is unknown.</param>
internal sealed class WordPieceModel(Vocabulary vocabulary, string firstPrefix, string continuingPrefix, int unknownId, int maxChars) : TokenModel(vocabulary)
{
    /// <summary>In bytes. A longer piece is never found: trying for it at every place would take a square of the time.</summary>
    private const int MaxPiece = 256;

    private readonly byte[] _firstPrefix = Encoding.UTF8.GetBytes(firstPrefix);
    private readonly byte[] _continuingPrefix = Encoding.UTF8.GetBytes(continuingPrefix);
    private readonly int _longest = Math.Min(MaxPiece, Enumerable.Range(0, vocabulary.IdLimit).Select(id => vocabulary.Piece(id).Length).DefaultIfEmpty().Max());

    public override string Kind => "WordPiece";

    public override void Encode(ReadOnlySpan<char> word, EncodeScratch scratch)
    {
        var isShort = word.Length <= WordCache.MaxLength;
        var hash = 0u;
        if (isShort && scratch.Words.TryGet(word, out hash, out var known))
        {
            scratch.Emit(known);
            return;
        }
        var before = scratch.Count;
        if (word.Length > maxChars && Encoding.UTF32.GetByteCount(word) / 4 > maxChars || !Cover(scratch, word))
        {
            scratch.Rewind(before);
            scratch.Emit(unknownId);
        }
        if (isShort)
            scratch.Words.Add(word, hash, scratch.Output[before..]);
    }

    private bool Cover(EncodeScratch scratch, ReadOnlySpan<char> word)
    {
        // The prefix is written over the bytes before the piece, which are done with.
        var reserved = Math.Max(_firstPrefix.Length, _continuingPrefix.Length);
        var bytes = scratch.Utf8(word, reserved);
        for (var at = reserved; at < bytes.Length;)
        {
            var prefix = at == reserved ? _firstPrefix : _continuingPrefix;
            var begin = at - prefix.Length;
            prefix.CopyTo(bytes[begin..]);
            var id = -1;
            for (var length = Math.Min(bytes.Length - begin, _longest); length > prefix.Length && id < 0; length--)
            {
                id = Vocabulary.Find(bytes.Slice(begin, length));
                if (id >= 0)
                    at = begin + length;
            }
            if (id < 0)
                return false;
            scratch.Emit(id);
        }
        return true;
    }
}
