namespace Exo.Hub.Transfer;

/// <summary>
/// Memory that bytes are received into, written from and hashed from. It lies in memory as its bytes lie in the file (page on page), because a write past
/// the page cache wants that.
/// </summary>
internal sealed unsafe class Block : IDisposable
{
    /// <summary>Bytes that a block holds, wherever in the file they begin.</summary>
    public const int Capacity = 256 << 10;

    /// <summary>Addresses, positions and lengths of a direct write are multiples of this; no disk in use has larger sectors.</summary>
    public const int Alignment = 4096;

    /// <summary>Bytes of memory a block takes.</summary>
    public const int Size = Capacity + Alignment;

    /// <summary>Bytes of new memory between two turns of other threads.</summary>
    private const int TurnByteCount = 4 * Alignment;

    private readonly BlockChunk _chunk;
    private byte* _memory;

    /// <summary>
    /// Takes the memory, page by page. A page that is new to the process, to a virtual machine even to its host, costs up to ten microseconds: dozens of them
    /// inside one receiving call are a time in which no timer of this core runs. Between those touched here every thread gets its turn.
    /// </summary>
    public Block()
    {
        (_chunk, var memory) = BlockChunk.Take();
        _memory = (byte*)memory;
        for (var at = 0; at < Size; at += Alignment)
        {
            Volatile.Write(ref _memory[at], 0);
            if (at % TurnByteCount == 0) Thread.Yield();
        }
    }

    /// <summary>The place of bytes that begin at a position of the file; what it held is forgotten.</summary>
    public Span<byte> At(long position) => new(_memory + position % Alignment, Capacity);

    public void Dispose()
    {
        if (_memory is null) return;
        _memory = null;
        _chunk.Return();
    }
}

/// <summary>Blocks that were freed, for whoever needs one next; at most so many are in use at once. Any thread.</summary>
internal sealed class BlockPool(int most) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<Block> _free = new();
    private int _taken;
    private bool _isOver;

    /// <summary>A block, or null where as many as there may be are in use.</summary>
    public Block? TryTake()
    {
        lock (_gate)
        {
            if (_taken == most) return null;
            _taken++;
            if (_free.TryPop(out var free)) return free;
        }

        return new Block();
    }

    public void Return(Block block)
    {
        lock (_gate)
        {
            _taken--;
            if (_isOver) block.Dispose();
            else _free.Push(block);
        }
    }

    /// <summary>Frees the memory that nobody uses.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            while (_free.TryPop(out var free)) free.Dispose();
        }
    }

    /// <summary>Frees everything, what is in use when it comes back.</summary>
    public void Dispose()
    {
        lock (_gate) _isOver = true;
        Trim();
    }
}
