namespace Exo.Engine.Tokenization.Models;

/// <summary>A binary heap of merges that wait: the lowest rank first, of equals the leftmost.</summary>
internal sealed class MergeHeap
{
    private ulong[] _items = new ulong[64];

    public int Count { get; private set; }

    public void Clear() => Count = 0;

    /// <summary>Adds without order; <see cref="Build"/> follows.</summary>
    public void AddUnordered(uint rank, int position)
    {
        Ensure();
        _items[Count++] = (ulong)rank << 32 | (uint)position;
    }

    public void Build()
    {
        for (var i = Count / 2 - 1; i >= 0; i--)
            SiftDown(i);
    }

    public void Push(uint rank, int position)
    {
        Ensure();
        var item = (ulong)rank << 32 | (uint)position;
        var at = Count++;
        while (at > 0 && _items[(at - 1) / 2] > item)
        {
            _items[at] = _items[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        _items[at] = item;
    }

    public (uint Rank, int Position) Pop()
    {
        var top = _items[0];
        _items[0] = _items[--Count];
        SiftDown(0);
        return ((uint)(top >> 32), (int)(uint)top);
    }

    public void Trim(int keep)
    {
        Clear();
        if (_items.Length > keep)
            _items = new ulong[64];
    }

    private void Ensure()
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, Count * 2);
    }

    private void SiftDown(int at)
    {
        var items = _items.AsSpan(0, Count);
        if (at >= items.Length)
            return;
        var item = items[at];
        while (true)
        {
            var child = at * 2 + 1;
            if (child >= items.Length)
                break;
            if (child + 1 < items.Length && items[child + 1] < items[child])
                child++;
            if (items[child] >= item)
                break;
            items[at] = items[child];
            at = child;
        }
        items[at] = item;
    }
}
