using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Exo.Engine.Tokenization;

/// <summary>
/// A model's pieces both ways, as UTF-8 in one block: no string per token, so that 256 thousand of them load in a moment.
/// A piece's id is found by open addressing, one cache line for the slot and one for the bytes.
/// </summary>
internal sealed class Vocabulary
{
    /// <summary>No id reaches this: a larger one is a damaged file's, and its tables would fill the memory.</summary>
    public const int MaxIds = 1 << 22;

    private readonly byte[] _bytes;
    private readonly Slot[] _slots;

    /// <summary>Where an id's piece lies in the block; length -1 for an id that has none.</summary>
    private readonly Stretch[] _stretchOfId;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal Vocabulary(byte[] bytes, ReadOnlySpan<Entry> entries)
    {
        _bytes = bytes;
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(entries.Length, 4) * 2)];
        var limit = 0;
        foreach (var entry in entries)
            limit = Math.Max(limit, entry.Id + 1);
        _stretchOfId = new Stretch[limit];
        Array.Fill(_stretchOfId, new(0, -1));
        foreach (var entry in entries)
            Insert(entry);
    }

    /// <summary>How many pieces there are.</summary>
    public int Count { get; private set; }

    /// <summary>The largest id + 1.</summary>
    public int IdLimit => _stretchOfId.Length;

    public bool Has(int id) => (uint)id < (uint)_stretchOfId.Length && _stretchOfId[id].Length >= 0;

    /// <summary>The piece of an id, in UTF-8; empty for an id that has none.</summary>
    public ReadOnlySpan<byte> Piece(int id) => Has(id) ? _bytes.AsSpan(_stretchOfId[id].Start, _stretchOfId[id].Length) : default;

    /// <summary>The id of a piece, in UTF-8, or -1.</summary>
    public int Find(ReadOnlySpan<byte> piece) => _slots[Locate(piece, Hash(piece))] is { IsFree: false } slot ? slot.Id : -1;

    public int Find(string piece)
    {
        var length = Encoding.UTF8.GetMaxByteCount(piece.Length);
        Span<byte> bytes = length <= 512 ? stackalloc byte[512] : new byte[length];
        return Find(bytes[..Encoding.UTF8.GetBytes(piece, bytes)]);
    }

    /// <summary>A mixing hash of short byte strings; also the word cache's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Mix = 0x9FB21C651E98DF25;
        var hash = (ulong)bytes.Length * 0x9E3779B97F4A7C15;
        ref var at = ref MemoryMarshal.GetReference(bytes);
        var left = bytes.Length;
        for (; left >= 8; left -= 8)
        {
            hash = (hash ^ Unsafe.ReadUnaligned<ulong>(ref at)) * Mix;
            hash ^= hash >> 29;
            at = ref Unsafe.Add(ref at, 8);
        }
        ulong tail = 0;
        if (left >= 4)
            tail = Unsafe.ReadUnaligned<uint>(ref at) | (ulong)Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref at, left - 4)) << 32;
        else if (left > 0)
            tail = at | (ulong)Unsafe.Add(ref at, left >> 1) << 8 | (ulong)Unsafe.Add(ref at, left - 1) << 16;
        hash = (hash ^ tail) * Mix;
        return (uint)(hash ^ hash >> 32);
    }

    /// <summary>The slot of a piece, or the free one where it would go.</summary>
    private uint Locate(ReadOnlySpan<byte> piece, uint hash)
    {
        var slots = _slots;
        var mask = (uint)slots.Length - 1;
        for (var at = hash & mask; ; at = at + 1 & mask)
        {
            ref readonly var slot = ref slots[at];
            if (slot.IsFree || (slot.Hash == hash && slot.Length - 1 == piece.Length && _bytes.AsSpan(slot.Start, piece.Length).SequenceEqual(piece)))
                return at;
        }
    }

    /// <summary>A piece that comes twice keeps its last id; an id that comes twice its last piece.</summary>
    private void Insert(Entry entry)
    {
        var piece = _bytes.AsSpan(entry.Start, entry.Length);
        var hash = Hash(piece);
        ref var slot = ref _slots[Locate(piece, hash)];
        if (slot.IsFree)
            Count++;
        else
            _stretchOfId[slot.Id] = new(0, -1);
        slot = new(hash, entry.Start, entry.Length + 1, entry.Id);
        _stretchOfId[entry.Id] = new(entry.Start, entry.Length);
    }

    internal readonly record struct Entry(int Start, int Length, int Id);

    /// <param name="Hash">The piece's.</param>
    /// <param name="Start">Where it lies in the block.</param>
    /// <param name="Length">Its length + 1: a slot of zeros is free.</param>
    /// <param name="Id">The token's.</param>
    private readonly record struct Slot(uint Hash, int Start, int Length, int Id)
    {
        public bool IsFree => Length == 0;
    }

    private readonly record struct Stretch(int Start, int Length);
}
