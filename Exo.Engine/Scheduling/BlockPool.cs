namespace Exo.Engine.Scheduling;

/// <summary>
/// Hands out a chain's KV blocks and counts who holds them. A block that nobody holds is free, or, where the prefix cache knows its
/// content, cached: findable until it is given away, the one longest unused first. Not thread-safe.
/// </summary>
internal sealed class BlockPool
{
    private readonly PrefixCache? _cache;
    private readonly int[] _holders;
    private readonly int[] _free;
    private int _freeCount;

    // Cached blocks in the order of their last use: a ring through the entry behind the last block.
    private readonly int[] _older;
    private readonly int[] _newer;
    private int Ring => Count;

    public BlockPool(int count, PrefixCache? cache)
    {
        Count = count;
        _cache = cache;
        _holders = new int[count];
        _free = new int[count];
        for (var i = 0; i < count; i++) _free[i] = count - 1 - i; // low numbers first: memory is touched only as it is needed
        _freeCount = count;
        _older = new int[count + 1];
        _newer = new int[count + 1];
        _older[Ring] = _newer[Ring] = Ring;
    }

    public int Count { get; }

    /// <summary>Blocks that somebody holds.</summary>
    public int InUse => Count - _freeCount - Cached;

    /// <summary>Blocks that nobody holds and the prefix cache knows.</summary>
    public int Cached { get; private set; }

    /// <summary>Blocks that can be taken.</summary>
    public int Available => _freeCount + Cached;

    /// <summary>Times a block came back; while it doesn't change, no more can be taken than before.</summary>
    public long Returns { get; private set; }

    /// <summary>Takes a free block, else the cached one longest unused. False where all are held.</summary>
    public bool TryTake(out int block)
    {
        if (_freeCount > 0)
        {
            block = _free[--_freeCount];
        }
        else if (Cached > 0)
        {
            block = _newer[Ring];
            Unlink(block);
            _cache!.Remove(block);
        }
        else
        {
            block = -1;
            return false;
        }

        _holders[block] = 1;
        return true;
    }

    /// <summary>One more holds a held or cached block.</summary>
    public void Share(int block)
    {
        if (_holders[block]++ == 0) Unlink(block);
    }

    /// <summary>One less holds the block.</summary>
    public void Return(int block)
    {
        if (_holders[block] <= 0) throw new InvalidOperationException($"KV block {block} is returned but nobody holds it.");
        if (--_holders[block] > 0) return;
        Returns++;
        if (_cache?.Holds(block) == true) LinkNewest(block);
        else _free[_freeCount++] = block;
    }

    private void LinkNewest(int block)
    {
        var newest = _older[Ring];
        (_older[block], _newer[block]) = (newest, Ring);
        _newer[newest] = block;
        _older[Ring] = block;
        Cached++;
    }

    private void Unlink(int block)
    {
        _newer[_older[block]] = _newer[block];
        _older[_newer[block]] = _older[block];
        Cached--;
    }
}
