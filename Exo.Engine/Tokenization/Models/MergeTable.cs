using System.Numerics;
using System.Runtime.CompilerServices;

namespace Exo.Engine.Tokenization.Models;

/// <summary>A BPE model's merges: two neighbours' ids give their rank and the id of what they merge to. Open addressing.</summary>
internal sealed class MergeTable
{
    private const ulong Free = ulong.MaxValue;

    private Slot[] _slots;
    private int _limit;

    /// <param name="capacity">How many merges are expected; more may come.</param>
    public MergeTable(int capacity)
    {
        _slots = NewSlots(BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 8) * 2));
        _limit = _slots.Length / 2;
    }

    public int Count { get; private set; }

    /// <summary>Adds a merge; one that is there already is replaced or kept.</summary>
    public void Add(int left, int right, int rank, int merged, bool replaces = true)
    {
        if (Count >= _limit)
            Grow();
        var key = Key(left, right);
        ref var slot = ref _slots[Locate(key)];
        if (slot.Key == Free)
            Count++;
        else if (!replaces)
            return;
        slot = new(key, (uint)rank, merged);
    }

    /// <summary>The rank of a merge, lower first, or <see cref="uint.MaxValue"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Rank(int left, int right, out int merged)
    {
        ref readonly var slot = ref _slots[Locate(Key(left, right))];
        merged = slot.Merged;
        return slot.Rank;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Locate(ulong key)
    {
        var slots = _slots;
        var mask = (uint)slots.Length - 1;
        var hash = key * 0x9E3779B97F4A7C15;
        var at = (uint)(hash >> 32) & mask;
        while (slots[at].Key != key && slots[at].Key != Free)
            at = at + 1 & mask;
        return (int)at;
    }

    private void Grow()
    {
        var old = _slots;
        _slots = NewSlots((uint)old.Length * 2);
        _limit = _slots.Length / 2;
        foreach (var slot in old)
            if (slot.Key != Free)
                _slots[Locate(slot.Key)] = slot;
    }

    private static Slot[] NewSlots(uint count)
    {
        var slots = new Slot[count];
        Array.Fill(slots, new Slot(Free, uint.MaxValue, -1));
        return slots;
    }

    private readonly record struct Slot(ulong Key, uint Rank, int Merged);
}
