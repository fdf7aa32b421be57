namespace Exo.Hub.Transfer;

/// <summary>One range that a transfer has written, as its journal records it.</summary>
/// <param name="Range">Its positions in the file.</param>
/// <param name="Digest">CRC-32C (4 bytes, big-endian) or SHA-256 (32 bytes) of its bytes, as the journal's <see cref="RangeDigestKind"/> says.</param>
/// <param name="Source">Where it came from: <see cref="IRangeSource.Name"/>, at most 40 bytes of it.</param>
/// <param name="FromPeer">Whether that was a peer.</param>
public sealed record LandedRange(ByteRange Range, byte[] Digest, string Source, bool FromPeer);

/// <summary>The landed ranges of one file in order. A later one takes the place of those it overlaps. Not safe for use by several threads at once.</summary>
internal sealed class LandedRanges
{
    private readonly List<LandedRange> _records = [];

    public IReadOnlyList<LandedRange> All => _records;

    public void Add(LandedRange record)
    {
        RemoveOverlapping(record.Range);
        _records.Insert(FirstEndingAfter(record.Range.Start), record);
    }

    /// <summary>Takes every record out that shares a byte with <paramref name="range"/>, and returns them.</summary>
    public IReadOnlyList<LandedRange> RemoveOverlapping(ByteRange range)
    {
        var first = FirstEndingAfter(range.Start);
        var after = first;
        while (after < _records.Count && _records[after].Range.Start < range.End) after++;
        if (after == first) return [];
        var removed = _records.GetRange(first, after - first);
        _records.RemoveRange(first, after - first);
        return removed;
    }

    /// <summary>The record that holds <paramref name="position"/>, or null.</summary>
    public LandedRange? At(long position)
    {
        var at = FirstEndingAfter(position);
        return at < _records.Count && _records[at].Range.Start <= position ? _records[at] : null;
    }

    public RangeSet ToSet() => new(_records.Select(record => record.Range));

    private int FirstEndingAfter(long position) => OrderedRanges.FirstEndingAfter(_records, position, static record => record.Range.End);
}
