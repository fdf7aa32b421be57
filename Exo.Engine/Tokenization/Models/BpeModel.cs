using System.Text;

namespace Exo.Engine.Tokenization.Models;

/// <summary>Byte-pair encoding by a table of merges.</summary>
internal sealed class BpeModel : TokenModel
{
    private readonly MergeTable _merges;
    private readonly BpeOptions _options;
    private readonly ByteTokens _byteTokens;
    private readonly bool _breaksAtMetaspace;

    public BpeModel(Vocabulary vocabulary, MergeTable merges, BpeOptions options)
        : base(vocabulary)
    {
        (_merges, _options) = (merges, options);
        _byteTokens = options.TakesBytes ? ByteTokens.Spelled(vocabulary) : ByteTokens.Hexadecimal(vocabulary);
        _breaksAtMetaspace = options is { TakesBytes: false, IgnoreMerges: false, ContinuingPrefix: null, EndOfWordSuffix: null }
            && Metaspace.IsBorder(vocabulary);
    }

    public override string Kind => _options.TakesBytes ? "byte-level BPE" : _options.ByteFallback ? "BPE with byte fallback" : "BPE";

    public override void Encode(ReadOnlySpan<char> word, EncodeScratch scratch)
    {
        if (!_breaksAtMetaspace)
            EncodeWord(word, scratch);
        else
            for (int start = 0, end; start < word.Length; start = end)
                EncodeWord(word[start..(end = Metaspace.NextBorder(word, start))], scratch);
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
        if (_options.TakesBytes)
            EncodeBytes(scratch.Utf8(word), scratch);
        else
            EncodeCharacters(scratch.Utf8(word), scratch);
        if (isShort)
            scratch.Words.Add(word, hash, scratch.Output[before..]);
    }

    private void EncodeBytes(ReadOnlySpan<byte> bytes, EncodeScratch scratch)
    {
        if (_options.IgnoreMerges && FindSpelled(bytes) is >= 0 and var whole)
        {
            scratch.Emit(whole);
            return;
        }
        var symbols = scratch.Symbols;
        symbols.Clear();
        for (var i = 0; i < bytes.Length; i++)
        {
            var id = _byteTokens.Id(bytes[i]);
            if (id >= 0)
                symbols.Add(id, i);
            else if (_options.UnknownId is { } unknown && !(_options.FuseUnknown && symbols.Count > 0 && symbols.Ids[symbols.Count - 1] == unknown))
                symbols.Add(unknown, i);
        }
        Merge(bytes, scratch);
    }

    private void EncodeCharacters(ReadOnlySpan<byte> bytes, EncodeScratch scratch)
    {
        var mayBeWhole = _options.IgnoreMerges || (_options.LineBreaksWhole && !bytes.ContainsAnyExcept((byte)'\n'));
        if (mayBeWhole && Vocabulary.Find(bytes) is >= 0 and var whole)
        {
            scratch.Emit(whole);
            return;
        }
        var symbols = scratch.Symbols;
        symbols.Clear();
        for (int start = 0, length; start < bytes.Length; start += length)
        {
            Rune.DecodeFromUtf8(bytes[start..], out _, out length);
            var character = bytes.Slice(start, length);
            var id = FindCharacter(character, start == 0, start + length == bytes.Length);
            if (id >= 0)
                symbols.Add(id, start);
            else if (_options.ByteFallback && _byteTokens.HasAll(character))
                for (var i = 0; i < length; i++)
                    symbols.Add(_byteTokens.Id(character[i]), start + i);
            else if (_options.UnknownId is { } unknown && !(_options.FuseUnknown && symbols.Count > 0 && symbols.Ids[symbols.Count - 1] == unknown))
                symbols.Add(unknown, start);
        }
        Merge(bytes, scratch);
    }

    private void Merge(ReadOnlySpan<byte> bytes, EncodeScratch scratch)
    {
        var symbols = scratch.Symbols;
        symbols.Close(bytes.Length);
        Merger.Run(new TableRule(_merges), scratch, bytes);
        scratch.Emit(symbols.Ids.AsSpan(0, symbols.Count));
    }

    private int FindCharacter(ReadOnlySpan<byte> character, bool isFirst, bool isLast)
    {
        var prefix = isFirst ? null : _options.ContinuingPrefix;
        var suffix = isLast ? _options.EndOfWordSuffix : null;
        return prefix is null && suffix is null ? Vocabulary.Find(character) : Vocabulary.Find(prefix + Encoding.UTF8.GetString(character) + suffix);
    }

    private int FindSpelled(ReadOnlySpan<byte> bytes)
    {
        const int Longest = 256;
        if (bytes.Length > Longest)
        {
            var spelled = new byte[bytes.Length * 2];
            return Vocabulary.Find(spelled.AsSpan(0, ByteAlphabet.Spell(bytes, spelled)));
        }
        Span<byte> buffer = stackalloc byte[Longest * 2];
        return Vocabulary.Find(buffer[..ByteAlphabet.Spell(bytes, buffer)]);
    }
}
