using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Exo.Engine.Tokenization;

/// <summary>
/// A model's pieces both ways, as UTF-8 in one block: no string per token, so that 256 thousand of them load in a moment.
/// A piece's id is found by open addressing; an id's piece by its entry.
/// </summary>
internal sealed class Vocabulary
{
    /// <summary>No id reaches this: a larger one is a damaged file's, and its tables would fill the memory.</summary>
    public const int MaxIds = 1 << 22;

    private readonly byte[] _bytes;
    private readonly Entry[] _entries;
    private readonly int[] _entryOfId;

    /// <summary>Upper half: the piece's hash. Lower half: its entry + 1; 0 is free.</summary>
    private readonly ulong[] _slots;

    internal Vocabulary(byte[] bytes, Entry[] entries, int count)
    {
        _bytes = bytes;
        _entries = entries;
        _slots = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(count, 4) * 2)];
        for (var entry = 0; entry < count; entry++)
            Insert(entry);
        Count = (int)_slots.LongCount(slot => slot != 0);
        IdLimit = 0;
        foreach (var entry in entries.AsSpan(0, count))
            IdLimit = Math.Max(IdLimit, entry.Id + 1);
        _entryOfId = new int[IdLimit];
        Array.Fill(_entryOfId, -1);
        foreach (var slot in _slots)
            if (slot != 0)
                _entryOfId[entries[(int)(uint)slot - 1].Id] = (int)(uint)slot - 1;
    }

    /// <summary>How many pieces there are.</summary>
    public int Count { get; }

    /// <summary>The largest id + 1.</summary>
    public int IdLimit { get; }

    /// <summary>The piece of an id, in UTF-8; empty for an id that has none.</summary>
    public ReadOnlySpan<byte> Piece(int id) => (uint)id < (uint)_entryOfId.Length && _entryOfId[id] >= 0 ? BytesOf(_entries[_entryOfId[id]]) : default;

    public bool Has(int id) => (uint)id < (uint)_entryOfId.Length && _entryOfId[id] >= 0;

    /// <summary>The id of a piece, in UTF-8, or -1.</summary>
    public int Find(ReadOnlySpan<byte> piece)
    {
        var hash = Hash(piece);
        var slots = _slots;
        for (var at = hash & (uint)(slots.Length - 1); ; at = at + 1 & (uint)(slots.Length - 1))
        {
            var slot = slots[at];
            if (slot == 0)
                return -1;
            if ((uint)(slot >> 32) == hash)
            {
                ref readonly var entry = ref _entries[(int)(uint)slot - 1];
                if (entry.Length == piece.Length && BytesOf(entry).SequenceEqual(piece))
                    return entry.Id;
            }
        }
    }

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

    private ReadOnlySpan<byte> BytesOf(in Entry entry) => _bytes.AsSpan(entry.Start, entry.Length);

    /// <summary>A piece that comes twice keeps its last id.</summary>
    private void Insert(int index)
    {
        ref readonly var entry = ref _entries[index];
        var piece = BytesOf(entry);
        var hash = Hash(piece);
        var at = hash & (uint)(_slots.Length - 1);
        for (; _slots[at] != 0; at = at + 1 & (uint)(_slots.Length - 1))
            if ((uint)(_slots[at] >> 32) == hash && BytesOf(_entries[(int)(uint)_slots[at] - 1]).SequenceEqual(piece))
                break;
        _slots[at] = (ulong)hash << 32 | (uint)(index + 1);
    }

    internal readonly record struct Entry(int Start, int Length, int Id);
}
