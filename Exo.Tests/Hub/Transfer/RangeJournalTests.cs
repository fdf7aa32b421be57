using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

/// <summary>What a journal gives back after a kill, a torn write or a change of the file.</summary>
public sealed class RangeJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exo-journal-").FullName;

    private string JournalPath => Path.Combine(_folder, "j");

    [Fact]
    public void Journal_ReadBack_HasEveryRangeWithDigestAndSource()
    {
        using (var journal = RangeJournal.Open(JournalPath, 1000, RangeDigestKind.Sha256, "etag", out _))
        {
            journal.Land(Record(0, 100, "hub", fromPeer: false));
            journal.Land(Record(500, 100, "peer:1", fromPeer: true));
            journal.Land(Record(100, 50, "hub", fromPeer: false));
        }

        var contents = RangeJournal.Read(JournalPath)!;

        Assert.Equal((1000, "etag", RangeDigestKind.Sha256), (contents.FileByteCount, contents.ETag, contents.DigestKind));
        Assert.Equal("0-149,500-599", contents.Landed.ToString());
        Assert.Equal([("hub", false), ("hub", false), ("peer:1", true)], contents.Records.Select(record => (record.Source, record.FromPeer)));
        Assert.All(contents.Records, record => Assert.Equal(Digest(record.Range.Start), record.Digest));
    }

    [Fact]
    public void Journal_CutOrSpoiledAnywhere_LosesOnlyWhatItLost()
    {
        using (var journal = RangeJournal.Open(JournalPath, 10_000, RangeDigestKind.Sha256, "etag", out _))
        {
            for (var i = 0; i < 20; i++) journal.Land(Record(i * 100, 100, "hub", fromPeer: false));
        }
        var whole = File.ReadAllBytes(JournalPath);
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var bytes = whole[..random.Next(whole.Length + 1)];
            if (bytes.Length > 0 && round % 2 == 0) bytes[random.Next(bytes.Length)] ^= 0x10;
            File.WriteAllBytes(JournalPath, bytes);

            var contents = RangeJournal.Read(JournalPath);

            var possible = Math.Max(0, (bytes.Length - 256) / 64 - 1);
            if (contents is not null) Assert.InRange(contents.Records.Count, Math.Max(0, possible - 1), possible + 1);
            Assert.All(contents?.Records ?? [], record => Assert.Equal(Digest(record.Range.Start), record.Digest));
        }
    }

    [Fact]
    public void Journal_OpenedAfterATornRecord_GoesOn()
    {
        using (var journal = RangeJournal.Open(JournalPath, 1000, RangeDigestKind.Sha256, "etag", out _)) journal.Land(Record(0, 100, "hub", fromPeer: false));
        File.AppendAllText(JournalPath, "torn");

        using (var journal = RangeJournal.Open(JournalPath, 1000, RangeDigestKind.Sha256, "etag", out var known))
        {
            Assert.Single(known);
            journal.Land(Record(100, 100, "other", fromPeer: true));
        }

        Assert.Equal(["hub", "other"], RangeJournal.Read(JournalPath)!.Records.Select(record => record.Source));
    }

    [Theory]
    [InlineData(999, "etag", RangeDigestKind.Sha256)]
    [InlineData(1000, "other", RangeDigestKind.Sha256)]
    [InlineData(1000, "etag", RangeDigestKind.Crc32C)]
    public void Journal_OfAnotherFile_IsBegunAnew(long size, string etag, RangeDigestKind kind)
    {
        using (var journal = RangeJournal.Open(JournalPath, 1000, RangeDigestKind.Sha256, "etag", out _)) journal.Land(Record(0, 100, "hub", fromPeer: false));

        using (RangeJournal.Open(JournalPath, size, kind, etag, out var known)) Assert.Empty(known);

        Assert.Empty(RangeJournal.Read(JournalPath)!.Records);
    }

    [Fact]
    public void Journal_ForgetAndLandAgain_KeepsTheLastWord()
    {
        using (var journal = RangeJournal.Open(JournalPath, 1000, RangeDigestKind.Sha256, "etag", out _))
        {
            journal.Land(Record(0, 100, "hub", fromPeer: false));
            journal.Land(Record(100, 100, "hub", fromPeer: false));
            journal.Forget(new ByteRange(150, 10));
            journal.Land(Record(150, 50, "hub", fromPeer: false));
        }

        Assert.Equal("0-99,150-199", RangeJournal.Read(JournalPath)!.Landed.ToString());
    }

    [Fact]
    public void Journal_WithRangesOutsideTheFile_IgnoresThem()
    {
        using (var journal = RangeJournal.Open(JournalPath, 1000, RangeDigestKind.Sha256, "etag", out _)) journal.Land(Record(950, 100, "hub", fromPeer: false));

        Assert.Empty(RangeJournal.Read(JournalPath)!.Records);
        Assert.Null(RangeJournal.Read(Path.Combine(_folder, "none")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static LandedRange Record(long start, long length, string source, bool fromPeer) => new(new ByteRange(start, length), Digest(start), source, fromPeer);

    private static byte[] Digest(long start) => [.. Enumerable.Range(0, 32).Select(i => (byte)(start + i))];
}
