using System.Diagnostics;
using Exo.Hub;
using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

/// <summary>What the machine's cores do is seen, and the bulk threads' part of it; on full cores an engine keeps to the connections it begins with.</summary>
public sealed class CoreTimesTests
{
    private const int Start = 2;

    [Fact]
    public void Parse_OfAMachinesLine_AddsUpAndTellsIdle()
    {
        // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user and nice already.
        var times = CoreTimes.Parse("cpu  100 20 30 800 40 5 4 1 60 7", TimeSpan.FromSeconds(0.25));
        Assert.Equal(new CoreTimes(10, 8.4, 0.25), times);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("cpu0 1 2 3 4 5 6 7 8 9 10")]
    [InlineData("cpu 1 2 3 4")]
    public void Parse_OfSomethingElse_KnowsNothing(string? line) => Assert.Null(CoreTimes.Parse(line, TimeSpan.Zero));

    [Fact]
    public void Taken_CountsWhatAThreadThatGivesWayTakes_WhileItRunsAndOnceItIsGone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone lets one thread read another's clock.");
        var work = TimeSpan.FromMilliseconds(30);
        using ManualResetEventSlim worked = new(), mayEnd = new();
        var before = BackgroundThread.Taken;

        var thread = BackgroundThread.Start("exo test", () =>
        {
            var start = BackgroundThread.Taken;
            while (BackgroundThread.Taken - start < work) Thread.SpinWait(1000);
            worked.Set();
            mayEnd.Wait();
        }, givesWay: true);
        Assert.True(worked.Wait(TimeSpan.FromSeconds(30)), "its own clock stood still");
        var meanwhile = BackgroundThread.Taken;
        mayEnd.Set();
        thread.Join();

        Assert.True(meanwhile - before >= work, $"{meanwhile - before} while it ran");
        Assert.True(BackgroundThread.Taken >= meanwhile, $"{BackgroundThread.Taken} after {meanwhile}: what it took went with it");
    }

    [Fact]
    public void Now_ToldTwice_HasEveryCoresTimeBetween()
    {
        Assert.SkipUnless(CoreTimes.Now() is not null, "This system doesn't tell.");
        var (first, clock) = (CoreTimes.Now()!.Value, Stopwatch.StartNew());
        SpinWait.SpinUntil(() => clock.Elapsed > TimeSpan.FromMilliseconds(300));
        var spent = CoreTimes.Now()!.Value - first;
        Assert.InRange(spent.Total / clock.Elapsed.TotalSeconds, 0.5, 4096);
        Assert.InRange(spent.Idle, 0, spent.Total);
    }

    [Theory]
    [InlineData(0.25, 0.0, Start)]
    [InlineData(0.25, 0.9, 2 * Start)]
    [InlineData(0.0, 0.0, 2 * Start)]
    public void Engine_OnCoresOfWhichSoMuchIsIdle_AllowsConnections(double headroom, double idle, int expected)
    {
        using var folder = new TempFolder();
        var time = new ManualTime();
        using var source = new Silent();
        var options = new HubOptions { CacheFolder = folder.Path, StartConnections = Start, MaxConnections = 8, RangeByteCount = 1 << 20, Headroom = headroom };
        using var engine = new TransferEngine(options, time) { Cores = () => new CoreTimes(time.Elapsed.TotalSeconds, time.Elapsed.TotalSeconds * idle, 0) };
        engine.Start(new TransferRequest { Name = "weights", PartialPath = folder.File("weights.partial"), FileByteCount = 64 << 20, ETag = "1", Sources = [source] });
        source.AwaitAsked(Start);

        for (var quarters = 0; quarters < 7; quarters++) time.Advance(TimeSpan.FromSeconds(0.25)); // Half a second to settle, one to judge.

        Assert.Equal(expected, engine.AllowedConnections);
        source.End();
    }

    /// <summary>Answers nothing until it ends.</summary>
    private sealed class Silent : IRangeSource, IDisposable
    {
        private readonly SemaphoreSlim _asked = new(0);
        private readonly ManualResetEventSlim _isOver = new();

        public string Name => "silent";

        public bool IsPeer => false;

        public void AwaitAsked(int times)
        {
            for (var time = 0; time < times; time++) Assert.True(_asked.Wait(TimeSpan.FromSeconds(30)), "no connection asked");
        }

        public void End() => _isOver.Set();

        public RangeAnswer Open(ByteRange? range, CancellationToken cancellationToken)
        {
            _asked.Release();
            _isOver.Wait(cancellationToken);
            throw new SourceException(SourceFailure.Transient, "ended");
        }

        public void Dispose()
        {
            _asked.Dispose();
            _isOver.Dispose();
        }
    }
}
