using System.Collections;

namespace Exo.Hub.Transfer;

/// <summary>A set of byte positions, kept as sorted ranges that neither touch nor overlap. Not safe for use by several threads at once.</summary>
public sealed class RangeSet : IEnumerable<ByteRange>
{
    private readonly List<ByteRange> _ranges = [];

    /// <summary>An empty set.</summary>
    public RangeSet()
    {
    }

    /// <summary>The union of <paramref name="ranges"/>.</summary>
    public RangeSet(IEnumerable<ByteRange> ranges)
    {
        foreach (var range in ranges) Add(range);
    }

    /// <summary>How many separate ranges.</summary>
    public int Count => _ranges.Count;

    /// <summary>How many bytes in all.</summary>
    public long ByteCount { get; private set; }

    /// <summary>Whether the set is empty.</summary>
    public bool IsEmpty => _ranges.Count == 0;

    /// <summary>The ranges in order.</summary>
    public ByteRange this[int index] => _ranges[index];

    /// <summary>Adds the positions of <paramref name="range"/>.</summary>
    public void Add(ByteRange range)
    {
        if (range.IsEmpty) return;
        var first = FirstEndingAtOrAfter(range.Start);
        var after = first;
        var (start, end) = (range.Start, range.End);
        for (; after < _ranges.Count && _ranges[after].Start <= range.End; after++)
        {
            start = Math.Min(start, _ranges[after].Start);
            end = Math.Max(end, _ranges[after].End);
            ByteCount -= _ranges[after].Length;
        }
        Replace(first, after, [ByteRange.FromTo(start, end)]);
    }

    /// <summary>Takes the positions of <paramref name="range"/> away.</summary>
    public void Remove(ByteRange range)
    {
        if (range.IsEmpty) return;
        var first = FirstEndingAtOrAfter(range.Start + 1);
        var after = first;
        Span<ByteRange> rest = stackalloc ByteRange[2];
        var restCount = 0;
        for (; after < _ranges.Count && _ranges[after].Start < range.End; after++)
        {
            var held = _ranges[after];
            ByteCount -= held.Length;
            if (held.Start < range.Start) rest[restCount++] = ByteRange.FromTo(held.Start, range.Start);
            if (held.End > range.End) rest[restCount++] = ByteRange.FromTo(range.End, held.End);
        }
        Replace(first, after, rest[..restCount]);
    }

    /// <summary>Whether every position of <paramref name="range"/> is in the set.</summary>
    public bool Contains(ByteRange range) => range.IsEmpty || RangeFrom(range.Start).Length >= range.Length;

    /// <summary>The run of positions in the set that begins exactly at <paramref name="position"/>; empty where it is not in the set.</summary>
    public ByteRange RangeFrom(long position)
    {
        var at = FirstEndingAtOrAfter(position + 1);
        return at < _ranges.Count && _ranges[at].Start <= position ? ByteRange.FromTo(position, _ranges[at].End) : new ByteRange(position, 0);
    }

    /// <summary>The first run of positions that are both in the set and in <paramref name="range"/>; empty where there is none.</summary>
    public ByteRange FirstIn(ByteRange range)
    {
        var at = FirstEndingAtOrAfter(range.Start + 1);
        return at < _ranges.Count ? _ranges[at].Intersect(range) : default;
    }

    /// <summary>The positions of <paramref name="range"/> that are not in the set, in order.</summary>
    public IEnumerable<ByteRange> MissingIn(ByteRange range)
    {
        var position = range.Start;
        for (var at = FirstEndingAtOrAfter(range.Start + 1); at < _ranges.Count && _ranges[at].Start < range.End; at++)
        {
            if (_ranges[at].Start > position) yield return ByteRange.FromTo(position, _ranges[at].Start);
            position = _ranges[at].End;
        }
        if (position < range.End) yield return ByteRange.FromTo(position, range.End);
    }

    /// <summary>Takes everything out.</summary>
    public void Clear()
    {
        _ranges.Clear();
        ByteCount = 0;
    }

    /// <summary>A copy of its own.</summary>
    public RangeSet Clone()
    {
        var copy = new RangeSet { ByteCount = ByteCount };
        copy._ranges.AddRange(_ranges);
        return copy;
    }

    /// <inheritdoc/>
    public IEnumerator<ByteRange> GetEnumerator() => _ranges.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => string.Join(",", _ranges);

    private int FirstEndingAtOrAfter(long position) => OrderedRanges.FirstEndingAfter(_ranges, position - 1, static range => range.End);

    private void Replace(int first, int after, ReadOnlySpan<ByteRange> ranges)
    {
        if (ranges.Length == 1 && after == first + 1) _ranges[first] = ranges[0]; // The common case moves nothing.
        else
        {
            _ranges.RemoveRange(first, after - first);
            _ranges.InsertRange(first, ranges);
        }
        foreach (var range in ranges) ByteCount += range.Length;
    }
}
