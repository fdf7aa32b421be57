using System.Runtime.InteropServices;

namespace Exo.Engine.Tokenization.Models;

/// <summary>
/// Remembers the tokens of short words. Two entries to a set, so no choice of words makes a look-up slow; when its memory
/// (at most 3 MB) is full it starts anew.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer words are not kept, in chars.</summary>
    public const int MaxLength = 40;

    private const int Sets = 1 << 13;
    private const int MaxChars = 1 << 19;
    private const int MaxIds = 1 << 18;

    private Entry[] _entries = [];
    private char[] _words = [];
    private int[] _ids = [];
    private int _wordsLength;
    private int _idsLength;

    /// <summary>The word's tokens, where they are known.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out uint hash, out ReadOnlySpan<int> ids)
    {
        hash = Vocabulary.Hash(MemoryMarshal.AsBytes(word));
        if (_entries.Length > 0)
        {
            var set = (int)(hash & Sets - 1) * 2;
            if (Matches(_entries[set], hash, word))
            {
                ids = IdsOf(_entries[set]);
                return true;
            }
            if (Matches(_entries[set + 1], hash, word))
            {
                (_entries[set], _entries[set + 1]) = (_entries[set + 1], _entries[set]);
                ids = IdsOf(_entries[set]);
                return true;
            }
        }
        ids = default;
        return false;
    }

    /// <summary>Remembers a word of at most <see cref="MaxLength"/> chars under the hash that <see cref="TryGet"/> gave.</summary>
    public void Add(ReadOnlySpan<char> word, uint hash, ReadOnlySpan<int> ids)
    {
        if (_entries.Length == 0)
            _entries = new Entry[Sets * 2];
        if (_wordsLength + word.Length > MaxChars || _idsLength + ids.Length > MaxIds)
        {
            Array.Clear(_entries);
            _wordsLength = _idsLength = 0;
        }
        Ensure(ref _words, _wordsLength + word.Length);
        Ensure(ref _ids, _idsLength + ids.Length);
        word.CopyTo(_words.AsSpan(_wordsLength));
        ids.CopyTo(_ids.AsSpan(_idsLength));

        var set = (int)(hash & Sets - 1) * 2;
        _entries[set + 1] = _entries[set];
        _entries[set] = new(hash, _wordsLength, _idsLength, (ushort)word.Length, (ushort)ids.Length);
        _wordsLength += word.Length;
        _idsLength += ids.Length;
    }

    private bool Matches(in Entry entry, uint hash, ReadOnlySpan<char> word) =>
        entry.Hash == hash && entry.WordLength == word.Length && _words.AsSpan(entry.WordStart, word.Length).SequenceEqual(word);

    private ReadOnlySpan<int> IdsOf(in Entry entry) => _ids.AsSpan(entry.IdsStart, entry.IdsLength);

    private static void Ensure<T>(ref T[] array, int length)
    {
        if (array.Length < length)
            Array.Resize(ref array, Math.Max(1 << 12, array.Length * 2));
    }

    /// <summary>A word is never empty: an entry of length 0 is free.</summary>
    private readonly record struct Entry(uint Hash, int WordStart, int IdsStart, ushort WordLength, ushort IdsLength);
}
