namespace Exo.Hub.Transfer;

/// <summary>
/// What was written to one file a moment ago and isn't hashed yet, kept in memory: hashing then reads nothing back from the disk. Holds as much as its pool
/// gives; the rest is read from the file. It never holds other bytes than the file does.
/// </summary>
internal sealed class WrittenBlocks(BlockPool pool) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(ByteRange Range, Block Block)> _blocks = [];
    private bool _isOver;

    /// <summary>Takes over a block whose first <paramref name="count"/> bytes were written at a position, and gives another for it.</summary>
    /// <returns>The same block where there is no room: its bytes are on the disk alone then.</returns>
    public Block Exchange(Block block, long position, int count)
    {
        lock (_gate)
        {
            var range = new ByteRange(position, count);
            RemoveOverlapping(range);
            if (_isOver || range.IsEmpty || pool.TryTake() is not { } other) return block;
            _blocks.Insert(FirstEndingAfter(position), (range, block));
            return other;
        }
    }

    /// <summary>Hands a block out that begins at a position; the caller returns it to the pool.</summary>
    public bool TryTake(long position, out Block block, out int count)
    {
        lock (_gate)
        {
            var at = FirstEndingAfter(position);
            var isThere = at < _blocks.Count && _blocks[at].Range.Start == position;
            (block, count) = isThere ? (_blocks[at].Block, (int)_blocks[at].Range.Length) : (null!, 0);
            if (isThere) _blocks.RemoveAt(at);
            return isThere;
        }
    }

    /// <summary>Where the first block at or behind a position begins; the end of all files where there is none.</summary>
    public long NextFrom(long position)
    {
        lock (_gate)
        {
            var at = FirstEndingAfter(position);
            return at < _blocks.Count ? Math.Max(position, _blocks[at].Range.Start) : long.MaxValue;
        }
    }

    /// <summary>Bytes that are no longer the file's.</summary>
    public void Forget(ByteRange range)
    {
        lock (_gate) RemoveOverlapping(range);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            RemoveOverlapping(new ByteRange(0, long.MaxValue));
        }
    }

    private void RemoveOverlapping(ByteRange range)
    {
        for (var at = FirstEndingAfter(range.Start); at < _blocks.Count && _blocks[at].Range.Start < range.End;)
        {
            pool.Return(_blocks[at].Block);
            _blocks.RemoveAt(at);
        }
    }

    private int FirstEndingAfter(long position) => OrderedRanges.FirstEndingAfter(_blocks, position, static written => written.Range.End);
}
