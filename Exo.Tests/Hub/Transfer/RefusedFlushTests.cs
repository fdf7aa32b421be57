using Exo.Hub;
using Exo.Hub.Protocol;
using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

/// <summary>A disk that takes writes into memory and says only when they are flushed that it has no room for them.</summary>
public sealed class RefusedFlushTests : IDisposable
{
    private const int NoSpace = 28;
    private const int ByteCount = 1 << 20;

    private readonly TempFolder _folder = new();
    private readonly BlockPool _pool = new(most: 4);
    private int _goodFlushes;

    [Fact]
    public void Flush_Refused_ForgetsWhatLandedSinceTheLastGoodOne()
    {
        _goodFlushes = 1;
        using var file = Open();
        var (before, after) = (new ByteRange(0, 1000), new ByteRange(5000, 1000));
        file.Land(Record(before));
        file.Flush();
        file.Land(Record(after));

        Assert.Equal(NoSpace, Assert.Throws<IOException>(file.Flush).HResult);

        Assert.Equal([before], RangeJournal.Read(Request.JournalPath)!.Landed);
    }

    [Fact]
    public void Flush_RefusedOnce_HasEverythingThatFollowsRefused()
    {
        using var file = Open();
        file.Land(Record(new ByteRange(0, 1000)));
        Assert.Throws<IOException>(file.Flush);
        _goodFlushes = int.MaxValue; // As the system has it: it tells once.

        Assert.Equal(NoSpace, Assert.Throws<IOException>(file.Flush).HResult);
        Assert.Throws<IOException>(() => file.Land(Record(new ByteRange(5000, 1000))));
        Assert.Throws<IOException>(() => file.Finish(_folder.File("finished")));
        Assert.Throws<IOException>(file.Settle);

        Assert.False(File.Exists(_folder.File("finished")));
        Assert.Empty(RangeJournal.Read(Request.JournalPath)!.Landed);
    }

    /// <summary>Nobody knows whether the run that landed it came to flush it.</summary>
    [Fact]
    public void Flush_RefusedInALaterRun_ForgetsWhatTheEarlierOneLanded()
    {
        using (var earlier = Open()) earlier.Land(Record(new ByteRange(0, 1000)));
        using var file = Open();
        Assert.Single(file.Known);

        Assert.Throws<IOException>(file.Flush);

        Assert.Empty(RangeJournal.Read(Request.JournalPath)!.Landed);
    }

    [Fact]
    public void Settle_Refused_LeavesTheFinishedFileItsJournal()
    {
        using var file = Open();
        file.Land(Record(new ByteRange(0, ByteCount)));
        file.Finish(_folder.File("finished"));

        Assert.Throws<IOException>(file.Settle);

        Assert.Empty(RangeJournal.Read(Request.JournalPath)!.Landed);
    }

    [Fact]
    public async Task Transfer_WhoseFlushIsRefused_FailsAndSaysThatTheDiskIsFull()
    {
        using var source = new HalfOfIt();
        var options = new HubOptions { CacheFolder = _folder.Path, StartConnections = 1, MaxConnections = 1, RangeByteCount = ByteCount / 2 };
        using var engine = new TransferEngine(options) { FlushToDisk = _ => Refuse() };

        var transfer = engine.Start(Request with { Sources = [source], FinishedPath = _folder.File("finished") });
        var failure = await Assert.ThrowsAsync<HubException>(() => transfer.Completion.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Assert.Equal(HubError.NotEnoughSpace, failure.Error);
        Assert.Contains(Request.PartialPath, failure.Message);
        Assert.False(File.Exists(_folder.File("finished")));
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private TransferRequest Request => new()
    {
        Name = "model.safetensors",
        PartialPath = _folder.File("model.incomplete"),
        FileByteCount = ByteCount,
        ETag = "one",
        Sources = [],
        Expected = ContentHash.Parse(new string('0', 64)),
    };

    private PartialFile Open() => new(Request, _pool, _ =>
    {
        if (_goodFlushes-- <= 0) Refuse();
    });

    private static void Refuse() => throw new IOException("No space left on device", NoSpace);

    private static LandedRange Record(ByteRange range) => new(range, new byte[4], "hub", false);

    /// <summary>Gives the first range, and holds the answer to any other back until it is ended.</summary>
    private sealed class HalfOfIt : IRangeSource, IDisposable
    {
        public string Name => "half of it";

        public bool IsPeer => false;

        private ManualResetEventSlim Ended { get; } = new();

        public RangeAnswer Open(ByteRange? range, CancellationToken cancellationToken) => new Answer(Ended, range!.Value);

        public void Dispose() => Ended.Dispose();

        private sealed class Answer(ManualResetEventSlim ended, ByteRange range) : RangeAnswer
        {
            private long _left = range.Length;

            public override int Read(Span<byte> destination)
            {
                if (range.Start > 0 && ended.Wait(TimeSpan.FromSeconds(30))) throw new IOException("ended");
                var count = (int)Math.Min(_left, destination.Length);
                destination[..count].Clear();
                _left -= count;
                return count;
            }

            public override void Abort() => ended.Set();

            public override void Dispose()
            {
            }
        }
    }
}
