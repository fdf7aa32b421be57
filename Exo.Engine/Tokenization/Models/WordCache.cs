using System.Runtime.InteropServices;

namespace Exo.Engine.Tokenization.Models;

/// <summary>
/// Remembers the tokens of short words. Two entries to a set, so no choice of words makes a look-up slow; it grows with the words
/// up to some 4 MB, and when its memory is full it starts anew.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer words are not kept, in chars.</summary>
    public const int MaxLength = 40;

    private const int MinSets = 1 << 9;
    private const int MaxSets = 1 << 15;
    private const int MaxChars = 1 << 20;
    private const int MaxIds = 1 << 18;

    private Entry[] _entries = [];
    private char[] _words = [];
    private int[] _ids = [];
    private int _setMask;
    private int _count;
    private int _wordsLength;
    private int _idsLength;

    /// <summary>The word's tokens, where they are known.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out uint hash, out ReadOnlySpan<int> ids)
    {
        hash = Vocabulary.Hash(MemoryMarshal.AsBytes(word));
        if (_entries.Length > 0)
        {
            var set = (int)(hash & _setMask) * 2;
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
        if (_wordsLength + word.Length > MaxChars || _idsLength + ids.Length > MaxIds)
        {
            Array.Clear(_entries);
            _count = _wordsLength = _idsLength = 0;
        }
        else if (_count >= _entries.Length / 2 && _entries.Length < MaxSets * 2)
            Grow();
        Ensure(ref _words, _wordsLength + word.Length);
        Ensure(ref _ids, _idsLength + ids.Length);
        word.CopyTo(_words.AsSpan(_wordsLength));
        ids.CopyTo(_ids.AsSpan(_idsLength));
        Insert(new(hash, _wordsLength, _idsLength, (ushort)word.Length, (ushort)ids.Length));
        _wordsLength += word.Length;
        _idsLength += ids.Length;
        _count++;
    }

    private void Insert(Entry entry)
    {
        var set = (int)(entry.Hash & _setMask) * 2;
        _entries[set + 1] = _entries[set];
        _entries[set] = entry;
    }

    private void Grow()
    {
        var old = _entries;
        _entries = new Entry[Math.Max(MinSets * 2, old.Length * 2)];
        _setMask = _entries.Length / 2 - 1;
        foreach (var entry in old)
            if (entry.WordLength > 0)
                Insert(entry);
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
