namespace Exo.Engine.Tokenization.Models;

/// <summary>A word's symbols while BPE joins them: each has an id, where it starts in the word's bytes, and its neighbours.</summary>
internal sealed class SymbolChain
{
    private const int Initial = 64;

    public int Count { get; private set; }

    /// <summary>Ids; -1 for a symbol that is no token.</summary>
    public int[] Ids { get; private set; } = new int[Initial];

    /// <summary>Where a symbol starts in the word's UTF-8; one entry more than symbols, the last being the word's end.</summary>
    public int[] Starts { get; private set; } = new int[Initial + 1];

    /// <summary>Rank of the merge of a symbol with its right neighbour, <see cref="uint.MaxValue"/> for none; and what they merge to.</summary>
    public uint[] Ranks { get; private set; } = new uint[Initial];

    public int[] Merged { get; private set; } = new int[Initial];

    /// <summary>Neighbours, -1 at the ends. Only for long words.</summary>
    public int[] Previous { get; private set; } = [];

    public int[] Next { get; private set; } = [];

    public void Clear() => Count = 0;

    public void Add(int id, int start)
    {
        if (Count == Ids.Length)
            Grow(Count * 2);
        Ids[Count] = id;
        Starts[Count++] = start;
    }

    /// <summary>Ends the word at <paramref name="end"/> bytes.</summary>
    public void Close(int end) => Starts[Count] = end;

    public void Link()
    {
        if (Previous.Length < Count)
            (Previous, Next) = (new int[Ids.Length], new int[Ids.Length]);
        for (var i = 0; i < Count; i++)
            (Previous[i], Next[i]) = (i - 1, i + 1);
        Next[Count - 1] = -1;
    }

    /// <summary>Drops the symbols that were merged into their left neighbours.</summary>
    public void Compact()
    {
        var (written, end) = (0, Starts[Count]);
        for (var i = 0; i >= 0; i = Next[i])
        {
            Ids[written] = Ids[i];
            Starts[written++] = Starts[i];
        }
        Count = written;
        Starts[written] = end;
    }

    /// <summary>Drops symbol <paramref name="index"/>, its start going to its left neighbour. Only for short words.</summary>
    public void Remove(int index)
    {
        var after = Count - index - 1;
        Ids.AsSpan(index + 1, after).CopyTo(Ids.AsSpan(index));
        Ranks.AsSpan(index + 1, after).CopyTo(Ranks.AsSpan(index));
        Merged.AsSpan(index + 1, after).CopyTo(Merged.AsSpan(index));
        Starts.AsSpan(index + 1, after + 1).CopyTo(Starts.AsSpan(index));
        Count--;
    }

    public void Trim(int keep)
    {
        Clear();
        if (Ids.Length <= keep)
            return;
        Grow(Initial);
        (Previous, Next) = ([], []);
    }

    private void Grow(int capacity)
    {
        (Ids, Starts, Ranks, Merged) = (Resized(Ids, capacity), Resized(Starts, capacity + 1), new uint[capacity], new int[capacity]);

        int[] Resized(int[] array, int length)
        {
            var result = new int[length];
            array.AsSpan(0, Math.Min(Count, length)).CopyTo(result);
            return result;
        }
    }
}
