using System.Collections.Concurrent;
using System.Security.Cryptography;
using Exo.Hub.Store;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>
/// Vouches for the ranges of files that are not whole. A journal's record may outlive its bytes when the power fails, so a record is held against
/// the disk before its range is given to others the first time; after that it is remembered as long as this process lives. Thread-safe.
/// </summary>
public sealed class RangeVerifier
{
    private readonly ConcurrentDictionary<(string Path, ByteRange Range, string Digest), bool> _verdicts = new();

    /// <summary>What the file's journal says; null where it has none.</summary>
    public static RangeListing? List(StoredFile file) => RangeJournal.Read(JournalOf(file)) is not { } journal ? null : new RangeListing
    {
        Path = file.Path,
        ByteCount = file.ByteCount,
        Hash = journal.ETag,
        IsWhole = false,
        Ranges = [.. journal.Records.Select(record => new ListedRange(
            record.Range.Start, record.Range.Length, journal.DigestKind == RangeDigestKind.Sha256 ? Convert.ToHexStringLower(record.Digest) : null, record.Source, record.FromPeer))],
    };

    /// <summary>Whether every byte of the range is on disk and right. Reads what it has not vouched for yet; not for a thread-pool thread.</summary>
    public bool Vouches(StoredFile file, ByteRange range, CancellationToken cancellationToken) => Ask(file, range, out var unknown) && unknown.TrueForAll(record =>
    {
        // A record that is wrong is asked about again next time: it may have been fetched anew.
        var isIntact = IsIntact(file, record.Kind, record.Landed, cancellationToken);
        if (isIntact) _verdicts[Key(file, record.Landed)] = true;
        return isIntact;
    });

    /// <summary>As <see cref="Vouches"/> where that needs no reading; null where it does.</summary>
    public bool? VouchesAtOnce(StoredFile file, ByteRange range) => !Ask(file, range, out var unknown) ? false : unknown.Count == 0 ? true : null;

    /// <returns>Whether the journal knows all of the range.</returns>
    private bool Ask(StoredFile file, ByteRange range, out List<(RangeDigestKind Kind, LandedRange Landed)> unknown)
    {
        unknown = [];
        if (range.IsEmpty || range.Start < 0 || range.End > file.ByteCount || RangeJournal.Read(JournalOf(file)) is not { } journal) return false;
        var records = journal.Records.Where(record => !record.Range.Intersect(range).IsEmpty).ToList();
        unknown.AddRange(records.Where(record => !_verdicts.ContainsKey(Key(file, record))).Select(record => (journal.DigestKind, record)));
        return new RangeSet(records.Select(record => record.Range)).Contains(range);
    }

    private static bool IsIntact(StoredFile file, RangeDigestKind kind, LandedRange landed, CancellationToken cancellationToken)
    {
        using var handle = File.OpenHandle(file.DiskPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var digester = new RangeDigester(kind);
        var buffer = new byte[1 << 20];
        for (var position = landed.Range.Start; position < landed.Range.End;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, landed.Range.End - position)), position);
            if (count == 0) return false;
            digester.Append(buffer.AsSpan(0, count));
            position += count;
        }
        return CryptographicOperations.FixedTimeEquals(digester.Finish(), landed.Digest);
    }

    private static (string, ByteRange, string) Key(StoredFile file, LandedRange landed) => (file.DiskPath, landed.Range, Convert.ToHexString(landed.Digest));

    private static string JournalOf(StoredFile file) => file.DiskPath + TransferRequest.JournalSuffix;
}
