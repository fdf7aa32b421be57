namespace Exo.Engine.Tokenization.Models;

/// <summary>Which neighbours may be joined, and how early.</summary>
internal interface IMergeRule
{
    /// <summary>The rank of joining two symbols, lower first, or <see cref="uint.MaxValue"/> where they stay apart.</summary>
    /// <param name="left">The left symbol's id, or -1.</param>
    /// <param name="right">The right symbol's id, or -1.</param>
    /// <param name="joined">Both symbols' UTF-8.</param>
    /// <param name="merged">The id of what they become.</param>
    uint Rank(int left, int right, ReadOnlySpan<byte> joined, out int merged);

    /// <summary>Whether the rule looks at the bytes at all.</summary>
    static abstract bool NeedsBytes { get; }
}

/// <summary>A rule that is a table of pairs.</summary>
internal readonly struct TableRule(MergeTable table) : IMergeRule
{
    public static bool NeedsBytes => false;

    public uint Rank(int left, int right, ReadOnlySpan<byte> joined, out int merged) => table.Rank(left, right, out merged);
}

/// <summary>
/// Byte-pair encoding: joins the pair of lowest rank, of equals the leftmost, until none is left. Short words search all pairs
/// each time; long ones keep a heap, so that n symbols take n log n.
/// </summary>
internal static class Merger
{
    private const int LongWord = 40;

    /// <summary>Joins the scratch's symbols.</summary>
    public static void Run<TRule>(TRule rule, EncodeScratch scratch, ReadOnlySpan<byte> bytes)
        where TRule : struct, IMergeRule
    {
        var symbols = scratch.Symbols;
        if (symbols.Count < 2)
            return;
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            var joined = Between<TRule>(bytes, symbols.Starts[i], symbols.Starts[i + 2]);
            symbols.Ranks[i] = rule.Rank(symbols.Ids[i], symbols.Ids[i + 1], joined, out symbols.Merged[i]);
        }
        symbols.Ranks[symbols.Count - 1] = uint.MaxValue;
        if (symbols.Count <= LongWord)
            RunShort(rule, symbols, bytes);
        else
            RunLong(rule, symbols, scratch.Heap, bytes);
    }

    private static void RunShort<TRule>(TRule rule, SymbolChain symbols, ReadOnlySpan<byte> bytes)
        where TRule : struct, IMergeRule
    {
        var (ids, starts, ranks, merged) = (symbols.Ids, symbols.Starts, symbols.Ranks, symbols.Merged);
        while (true)
        {
            var best = 0;
            for (var i = 1; i < symbols.Count; i++)
                if (ranks[i] < ranks[best])
                    best = i;
            if (ranks[best] == uint.MaxValue)
                return;

            ids[best] = merged[best];
            symbols.Remove(best + 1);
            ranks[best] = uint.MaxValue;
            if (best + 1 < symbols.Count)
                ranks[best] = rule.Rank(ids[best], ids[best + 1], Between<TRule>(bytes, starts[best], starts[best + 2]), out merged[best]);
            if (best > 0)
                ranks[best - 1] = rule.Rank(ids[best - 1], ids[best], Between<TRule>(bytes, starts[best - 1], starts[best + 1]), out merged[best - 1]);
        }
    }

    private static void RunLong<TRule>(TRule rule, SymbolChain symbols, MergeHeap heap, ReadOnlySpan<byte> bytes)
        where TRule : struct, IMergeRule
    {
        symbols.Link();
        var (ids, ranks, merged) = (symbols.Ids, symbols.Ranks, symbols.Merged);
        var (previous, next) = (symbols.Previous, symbols.Next);
        heap.Clear();
        for (var i = 0; i < symbols.Count; i++)
            if (ranks[i] != uint.MaxValue)
                heap.AddUnordered(ranks[i], i);
        heap.Build();

        while (heap.Count > 0)
        {
            // A symbol's rank changes whenever it or its neighbour does: an entry of another rank is out of date.
            var (rank, at) = heap.Pop();
            if (ranks[at] != rank)
                continue;
            var right = next[at];
            ids[at] = merged[at];
            ranks[right] = uint.MaxValue;
            next[at] = next[right];
            if (next[at] >= 0)
                previous[next[at]] = at;
            Update(rule, symbols, heap, bytes, at);
            if (previous[at] >= 0)
                Update(rule, symbols, heap, bytes, previous[at]);
        }
        symbols.Compact();
    }

    /// <summary>Ranks the pair that begins with <paramref name="left"/> anew and lets it wait.</summary>
    private static void Update<TRule>(TRule rule, SymbolChain symbols, MergeHeap heap, ReadOnlySpan<byte> bytes, int left)
        where TRule : struct, IMergeRule
    {
        var right = symbols.Next[left];
        var rank = uint.MaxValue;
        if (right >= 0)
        {
            var end = symbols.Next[right] is >= 0 and var after ? symbols.Starts[after] : symbols.Starts[symbols.Count];
            rank = rule.Rank(symbols.Ids[left], symbols.Ids[right], Between<TRule>(bytes, symbols.Starts[left], end), out symbols.Merged[left]);
        }
        symbols.Ranks[left] = rank;
        if (rank != uint.MaxValue)
            heap.Push(rank, left);
    }

    private static ReadOnlySpan<byte> Between<TRule>(ReadOnlySpan<byte> bytes, int start, int end)
        where TRule : struct, IMergeRule =>
        TRule.NeedsBytes ? bytes[start..end] : default;
}
