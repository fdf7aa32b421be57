using System.Text;

namespace Exo.Engine.Tokenization.Models;

/// <summary>
/// SentencePiece's BPE as llama.cpp and GGUF have it: two neighbours may join where their text is a token, the one with the highest
/// score first. Characters that are no token become the tokens of their bytes.
/// </summary>
internal sealed class SentencePieceModel : TokenModel
{
    private readonly uint[] _ranks;
    private readonly int _unknownId;
    private readonly ByteTokens _byteTokens;
    private readonly bool _breaksAtMetaspace;

    /// <param name="vocabulary">The pieces.</param>
    /// <param name="scores">A score for each id; NaN for a token that text does not merge to.</param>
    /// <param name="unknownId">What a byte without a token becomes.</param>
    public SentencePieceModel(Vocabulary vocabulary, float[] scores, int unknownId)
        : base(vocabulary)
    {
        _ranks = [.. scores.Select(RankOf)];
        _unknownId = unknownId;
        _byteTokens = ByteTokens.Hexadecimal(vocabulary);
        _breaksAtMetaspace = Metaspace.IsBorder(vocabulary);
    }

    public override string Kind => "SentencePiece BPE";

    public override void Encode(ReadOnlySpan<char> word, EncodeScratch scratch)
    {
        for (int start = 0, end; start < word.Length; start = end)
        {
            end = _breaksAtMetaspace ? Metaspace.NextBorder(word, start) : word.Length;
            EncodeWord(word[start..end], scratch);
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, EncodeScratch scratch)
    {
        var isShort = word.Length <= WordCache.MaxLength;
        var hash = 0u;
        if (isShort && scratch.Words.TryGet(word, out hash, out var known))
        {
            scratch.Emit(known);
            return;
        }
        var before = scratch.Count;
        Merge(scratch.Utf8(word), scratch);
        if (isShort)
            scratch.Words.Add(word, hash, scratch.Output[before..]);
    }

    private void Merge(ReadOnlySpan<byte> bytes, EncodeScratch scratch)
    {
        var symbols = scratch.Symbols;
        symbols.Clear();
        for (int start = 0, length; start < bytes.Length; start += length)
        {
            Rune.DecodeFromUtf8(bytes[start..], out _, out length);
            var id = Vocabulary.Find(bytes.Slice(start, length));
            symbols.Add(id >= 0 && _ranks[id] != uint.MaxValue ? id : -1, start);
        }
        symbols.Close(bytes.Length);
        Merger.Run(new ScoreRule(Vocabulary, _ranks), scratch, bytes);

        for (var i = 0; i < symbols.Count; i++)
        {
            if (symbols.Ids[i] >= 0)
                scratch.Emit(symbols.Ids[i]);
            else
                foreach (var value in bytes[symbols.Starts[i]..symbols.Starts[i + 1]])
                    scratch.Emit(_byteTokens.Id(value) is >= 0 and var id ? id : _unknownId);
        }
    }

    /// <summary>Falls as the score rises; <see cref="uint.MaxValue"/> for NaN alone.</summary>
    private static uint RankOf(float score)
    {
        if (float.IsNaN(score))
            return uint.MaxValue;
        var bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return ~(bits >> 31 != 0 ? ~bits : bits | 0x8000_0000);
    }

    /// <summary>Two symbols may join where their text is a token.</summary>
    private readonly struct ScoreRule(Vocabulary vocabulary, uint[] ranks) : IMergeRule
    {
        public static bool NeedsBytes => true;

        public uint Rank(int left, int right, ReadOnlySpan<byte> joined, out int merged)
        {
            merged = vocabulary.Find(joined);
            return merged < 0 ? uint.MaxValue : ranks[merged];
        }
    }
}
