using System.Text;

namespace Exo.Engine.Tokenization.Models;

/// <summary>
/// SentencePiece's unigram model: of all ways to cut a word into pieces the one with the highest sum of scores, found by Viterbi's
/// algorithm. A character that no piece covers costs 10 more than the worst piece; neighbours of that kind are one unknown.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;

    /// <summary>In bytes. A longer piece is never found: trying for it at every place would take a square of the time.</summary>
    private const int MaxPiece = 512;

    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int? _unknownId;
    private readonly ByteTokens? _byteTokens;
    private readonly PieceTrie _trie;

    /// <param name="vocabulary">The pieces.</param>
    /// <param name="scores">A score for each id.</param>
    /// <param name="unknownId">What is covered by no piece; null drops it.</param>
    /// <param name="byteFallback">Whether it becomes the tokens of its bytes where there are all of them.</param>
    public UnigramModel(Vocabulary vocabulary, double[] scores, int? unknownId, bool byteFallback)
        : base(vocabulary)
    {
        _scores = scores;
        _unknownScore = scores.DefaultIfEmpty().Min() - UnknownPenalty;
        _unknownId = unknownId;
        _byteTokens = byteFallback ? ByteTokens.Hexadecimal(vocabulary) : null;
        _trie = new PieceTrie(vocabulary, id => vocabulary.Piece(id).Length <= MaxPiece);
    }

    public override string Kind => "unigram";

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
        var bytes = scratch.Utf8(word);
        var best = new Step[bytes.Length + 1];
        Search(bytes, best);
        Emit(bytes, best, scratch);
        if (isShort)
            scratch.Words.Add(word, hash, scratch.Output[before..]);
    }

    /// <summary>Fills in, for each position that a cut may end at, the best last piece.</summary>
    private void Search(ReadOnlySpan<byte> bytes, Span<Step> best)
    {
        best.Fill(new(0, -1, -1));
        for (int start = 0, character; start < bytes.Length; start += character)
        {
            Rune.DecodeFromUtf8(bytes[start..], out _, out character);
            var scoreHere = best[start].Score;
            var covered = false;
            var node = PieceTrie.Root;
            for (var end = start; end < bytes.Length && (node = _trie.Child(node, bytes[end])) >= 0;)
            {
                end++;
                if (_trie.Piece(node) is not (>= 0 and var id))
                    continue;
                Offer(ref best[end], new(scoreHere + _scores[id], start, id));
                covered |= end - start == character;
            }
            if (!covered)
                Offer(ref best[start + character], new(scoreHere + _unknownScore, start, _unknownId ?? -1));
        }

        static void Offer(ref Step best, Step step)
        {
            if (best.Start < 0 || step.Score > best.Score)
                best = step;
        }
    }

    /// <summary>Walks back from the end, then says the pieces in order.</summary>
    private void Emit(ReadOnlySpan<byte> bytes, ReadOnlySpan<Step> best, EncodeScratch scratch)
    {
        var first = scratch.Count;
        for (var end = bytes.Length; end > 0;)
        {
            var step = best[end];
            var start = step.Start;
            if (step.Id < 0 || step.Id == _unknownId)
            {
                while (start > 0 && best[start].Id == step.Id)
                    start = best[start].Start;
                EmitUnknown(bytes[start..end], scratch);
            }
            else
                scratch.Emit(step.Id);
            end = start;
        }
        scratch.Reverse(first);
    }

    private void EmitUnknown(ReadOnlySpan<byte> bytes, EncodeScratch scratch)
    {
        if (Vocabulary.Find(bytes) is >= 0 and var id)
            scratch.Emit(id);
        else if (_byteTokens?.HasAll(bytes) == true)
            for (var i = bytes.Length - 1; i >= 0; i--)
                scratch.Emit(_byteTokens.Id(bytes[i]));
        else if (_unknownId is { } unknown)
            scratch.Emit(unknown);
    }

    /// <param name="Score">The sum of the scores up to here.</param>
    /// <param name="Start">Where the last piece begins; -1 where no cut ends.</param>
    /// <param name="Id">The last piece.</param>
    private readonly record struct Step(double Score, int Start, int Id);
}
