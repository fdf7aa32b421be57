using Exo.Hub;
using Exo.Hub.Store;

namespace Exo.Tests.Hub.Store;

/// <summary>Room on the disk, set aside by several pulls at once.</summary>
public sealed class SpaceLedgerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exo-space-").FullName;

    [Fact]
    public void Reserve_ByTwoPulls_CountsBoth()
    {
        var ledger = Ledger(free: 1000);
        using (ledger.Reserve("a/b", [File("one", 600)]))
        {
            Assert.Equal(600, ledger.ReservedBytes());
            var failure = Assert.Throws<HubException>(() => ledger.Reserve("c/d", [File("two", 500)]));
            Assert.Equal(HubError.NotEnoughSpace, failure.Error);
            Assert.Contains("c/d needs 500 bytes", failure.Message);
            Assert.Contains("600 bytes of them set aside", failure.Message);
            ledger.Reserve("c/d", [File("two", 400)]).Dispose();
        }
        ledger.Reserve("c/d", [File("two", 1000)]).Dispose();
    }

    [Theory]
    [InlineData(300, 0)]
    [InlineData(400, 0)]
    [InlineData(500, 100)]
    public void Shortage_BesideARunningPull_IsWhatAReservationWouldMiss(long byteCount, long expected)
    {
        var ledger = Ledger(free: 1000);
        using var running = ledger.Reserve("a/b", [File("one", 600)]);

        Assert.Equal(expected, ledger.ShortageOf([File("two", byteCount)]));
        Assert.Equal(0, ledger.ShortageOf([File("one", 600)]));
    }

    [Fact]
    public void Reserve_OfOneFileByTwo_CountsItOnce()
    {
        var ledger = Ledger(free: 1000);
        using var first = ledger.Reserve("a/b", [File("one", 900)]);
        using var second = ledger.Reserve("a/b", [File("one", 900)]);
        Assert.Equal(900, ledger.ReservedBytes());
    }

    [Fact]
    public void Reserve_OfAFileThatIsPartlyHere_CountsTheRest()
    {
        var file = File("one", 1000);
        using (var journal = Exo.Hub.Transfer.RangeJournal.Open(file.PartialPath + ".journal", 1000, Exo.Hub.Transfer.RangeDigestKind.Crc32C, "e", out _))
        {
            journal.Land(new Exo.Hub.Transfer.LandedRange(new Exo.Hub.Transfer.ByteRange(0, 700), new byte[4], "hub", false));
        }
        using var reservation = Ledger(free: 300).Reserve("a/b", [file]);
        Assert.Equal(300, Ledger(free: 300).ReservedBytes());
    }

    [Fact]
    public void Reserve_KeepsTheMargin()
    {
        Assert.Throws<HubException>(() => new SpaceLedger(_folder, 500, () => 1000).Reserve("a/b", [File("one", 600)]));
        new SpaceLedger(_folder, 500, () => 1000).Reserve("a/b", [File("one", 500)]).Dispose();
    }

    [Theory]
    [InlineData(700, true)]
    [InlineData(1500, false)] // Not even without the margin.
    public void Reserve_ThatTheMarginRefuses_NamesTheVariable(long mebibytes, bool helps)
    {
        var ledger = new SpaceLedger(_folder, 512 << 20, () => 1000L << 20);

        var failure = Assert.Throws<HubException>(() => ledger.Reserve("a/b", [File("one", mebibytes << 20)]));

        Assert.Contains("1000 MiB are free, and 512 MiB stay free. Make room (exo rm MODEL)", failure.Message);
        Assert.Equal(helps, failure.Message.EndsWith(", or lower EXO_DISK_MARGIN, now 512 MiB.", StringComparison.Ordinal));
    }

    [Fact]
    public void Reservation_OfADeadProcess_IsClearedAway()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, ".locks", ".exo-reservations")).FullName;
        var dead = Path.Combine(folder, "1-dead.json");
        System.IO.File.WriteAllText(dead, """{"files":[{"partialPath":"/x","finishedPath":"/y","byteCount":900}]}""");
        System.IO.File.WriteAllText(dead + ".lock", "");

        Ledger(free: 1000).Reserve("a/b", [File("one", 1000)]).Dispose();

        Assert.False(System.IO.File.Exists(dead));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SpaceLedger Ledger(long free) => new(_folder, 0, () => free);

    private ReservedFileJson File(string name, long byteCount) => new(Path.Combine(_folder, name + ".part"), Path.Combine(_folder, name), byteCount);
}
