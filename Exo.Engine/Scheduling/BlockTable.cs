using Exo.Engine.Backends;

namespace Exo.Engine.Scheduling;

/// <summary>The KV blocks of one sequence, in the order of its positions.</summary>
/// <param name="pool">Where blocks come from.</param>
/// <param name="cache">Knows the content of full blocks; null: none is shared.</param>
/// <param name="capacity">Blocks there is room for without allocating.</param>
internal sealed class BlockTable(BlockPool pool, PrefixCache? cache, int capacity = 8)
{
    private const int BlockTokens = KvBlock.TokenCount;

    private int[] _blocks = new int[Math.Max(1, capacity)];

    /// <summary>Blocks whose content the cache knows, from the first, and the entry of the last of them.</summary>
    private int _known;
    private long _lastKnown = PrefixCache.Root;

    public int Count { get; private set; }

    /// <summary>The blocks of positions 0, 32, 64, …; valid until the table changes.</summary>
    public ReadOnlyMemory<int> Blocks => _blocks.AsMemory(0, Count);

    /// <summary>Positions that the cache knows, from the first.</summary>
    public int KnownPositions => _known * BlockTokens;

    /// <summary>Takes what the cache has of the tokens behind <see cref="KnownPositions"/>, where nothing may be computed yet.</summary>
    /// <returns>Positions known then: whole blocks, and never the last token, whose pass gives the next one.</returns>
    public int TakeCached(ReadOnlySpan<int> tokens)
    {
        if (cache is null) return 0;
        while ((_known + 1) * BlockTokens < tokens.Length)
        {
            var found = cache.Find(_lastKnown, tokens.Slice(_known * BlockTokens, BlockTokens));
            if (found < 0) break;
            if (_known < Count) Exchange(_known, found);
            else Add(Shared(found));
            _lastKnown = cache.EntryOf(found);
            _known++;
        }

        return KnownPositions;
    }

    /// <summary>Takes blocks until the table covers the positions. False where the pool has too few; those taken stay.</summary>
    public bool TryCover(int positions)
    {
        for (var needed = KvBlock.CountFor(positions); Count < needed;)
        {
            if (!pool.TryTake(out var block)) return false;
            Add(block);
        }

        return true;
    }

    /// <summary>
    /// Tells the cache of the blocks that are full by now. Where another sequence was first with the same content, its block takes the
    /// place of ours: by the law of the same answer they hold the same bits.
    /// </summary>
    /// <param name="tokens">The sequence's tokens whose keys and values are computed.</param>
    public void Learn(ReadOnlySpan<int> tokens)
    {
        if (cache is null) return;
        for (; (_known + 1) * BlockTokens <= tokens.Length; _known++)
        {
            var content = tokens.Slice(_known * BlockTokens, BlockTokens);
            var first = cache.Find(_lastKnown, content);
            if (first < 0)
            {
                cache.Add(_blocks[_known], _lastKnown, content);
            }
            else if (first != _blocks[_known])
            {
                Exchange(_known, first);
            }

            _lastKnown = cache.EntryOf(_blocks[_known]);
        }
    }

    /// <summary>Gives all blocks back, the last first, so that the cache loses a sequence's end before its beginning.</summary>
    public void Release()
    {
        while (Count > 0) pool.Return(_blocks[--Count]);
        _known = 0;
        _lastKnown = PrefixCache.Root;
    }

    private void Exchange(int index, int block)
    {
        pool.Return(_blocks[index]);
        _blocks[index] = Shared(block);
    }

    private int Shared(int block)
    {
        pool.Share(block);
        return block;
    }

    private void Add(int block)
    {
        if (Count == _blocks.Length) Array.Resize(ref _blocks, Count * 2);
        _blocks[Count++] = block;
    }
}
