using Microsoft.Win32.SafeHandles;

namespace Exo.Hub.Transfer;

/// <summary>What a journal says, read without changing it: also while its transfer runs, also from another process.</summary>
public sealed class JournalContents
{
    /// <summary>The remote file's whole size in bytes.</summary>
    public required long FileByteCount { get; init; }

    /// <summary>The remote file's identity.</summary>
    public required string ETag { get; init; }

    /// <summary>How the records' digests are made.</summary>
    public required RangeDigestKind DigestKind { get; init; }

    /// <summary>The landed ranges in order; none overlap.</summary>
    public required IReadOnlyList<LandedRange> Records { get; init; }

    /// <summary>The union of the landed ranges.</summary>
    public RangeSet Landed => new(Records.Select(record => record.Range));
}

/// <summary>
/// The append-only record of what a transfer has written. A range's record is written after its bytes, and carries their digest: whatever a
/// crash leaves, a record is believed only when the bytes on disk still give that digest.
/// </summary>
public sealed class RangeJournal : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly Dictionary<string, ushort> _sources = new(StringComparer.Ordinal);
    private long _length;

    private RangeJournal(SafeFileHandle file, long length) => (_file, _length) = (file, length);

    /// <summary>Reads a journal; null where there is none or its header is not whole.</summary>
    public static JournalContents? Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Read(file);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Opens the journal to go on with it, or begins a new one where there is none or it is another file's.</summary>
    /// <param name="path">The journal's file.</param>
    /// <param name="fileByteCount">The remote file's size in bytes.</param>
    /// <param name="kind">How digests are made.</param>
    /// <param name="etag">The remote file's identity.</param>
    /// <param name="known">What it already says; empty for a new one.</param>
    internal static RangeJournal Open(string path, long fileByteCount, RangeDigestKind kind, string etag, out IReadOnlyList<LandedRange> known)
    {
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            if (Read(file) is { } contents && contents.FileByteCount == fileByteCount && contents.DigestKind == kind && contents.ETag == etag)
            {
                known = contents.Records;
                var whole = (RandomAccess.GetLength(file) - JournalFormat.HeaderSize) / JournalFormat.RecordSize;
                return new RangeJournal(file, JournalFormat.HeaderSize + whole * JournalFormat.RecordSize); // A torn last record is written over.
            }
            known = [];
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, JournalFormat.Header(fileByteCount, kind, etag), 0);
            return new RangeJournal(file, JournalFormat.HeaderSize);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal void Land(LandedRange landed)
    {
        Span<byte> record = stackalloc byte[JournalFormat.RecordSize];
        if (!_sources.TryGetValue(landed.Source, out var number))
        {
            number = (ushort)(_length / JournalFormat.RecordSize % ushort.MaxValue); // Unlike any number this journal gave before.
            JournalFormat.WriteSource(record, number, landed.Source);
            Append(record);
            _sources[landed.Source] = number;
        }
        JournalFormat.WriteRange(record, JournalFormat.Entry.Landed, landed.Range, number, landed.FromPeer, landed.Digest);
        Append(record);
    }

    internal void Forget(ByteRange range)
    {
        Span<byte> record = stackalloc byte[JournalFormat.RecordSize];
        JournalFormat.WriteRange(record, JournalFormat.Entry.Forgotten, range, 0, false, []);
        Append(record);
    }

    /// <summary>Forgets ranges whose bytes the disk didn't take; all of them where it doesn't even take that.</summary>
    internal void Withdraw(IEnumerable<ByteRange> ranges)
    {
        try
        {
            foreach (var range in ranges) Forget(range);
        }
        catch (Exception full) when (DiskFailure.Is(full))
        {
            RandomAccess.SetLength(_file, 0);
        }
    }

    internal void Flush() => RandomAccess.FlushToDisk(_file);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Append(ReadOnlySpan<byte> record)
    {
        RandomAccess.Write(_file, record, _length);
        _length += JournalFormat.RecordSize;
    }

    private static JournalContents? Read(SafeFileHandle file)
    {
        var bytes = new byte[Math.Min(RandomAccess.GetLength(file), 256L << 20)];
        var count = 0;
        while (count < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(count), count) is var read and > 0) count += read;
        if (count < JournalFormat.HeaderSize
            || !JournalFormat.TryReadHeader(bytes.AsSpan(0, JournalFormat.HeaderSize), out var size, out var kind, out var etag)) return null;

        var records = new LandedRanges();
        var names = new Dictionary<ushort, string>();
        for (var at = JournalFormat.HeaderSize; at + JournalFormat.RecordSize <= count; at += JournalFormat.RecordSize)
        {
            var record = bytes.AsSpan(at, JournalFormat.RecordSize);
            if (!JournalFormat.IsSealed(record)) continue;
            var range = JournalFormat.Range(record);
            switch ((JournalFormat.Entry)record[0])
            {
                case JournalFormat.Entry.Source:
                    names[JournalFormat.SourceNumber(record)] = JournalFormat.SourceName(record);
                    break;
                case JournalFormat.Entry.Landed when range.Start >= 0 && range.Length > 0 && range.Start <= size - range.Length:
                    records.Add(new LandedRange(range, JournalFormat.Digest(record, kind), names.GetValueOrDefault(JournalFormat.SourceNumber(record), "?"), record[1] == 1));
                    break;
                case JournalFormat.Entry.Forgotten when range.Length > 0:
                    records.RemoveOverlapping(range);
                    break;
            }
        }
        return new JournalContents { FileByteCount = size, ETag = etag, DigestKind = kind, Records = records.All };
    }
}
