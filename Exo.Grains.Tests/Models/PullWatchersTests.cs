using Exo.Grains.Models;
using Exo.Tests.Hub;

namespace Exo.Grains.Tests.Models;

public sealed class PullWatchersTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();

    [Fact]
    public void Pull_IsDeserted_WhenTheLastOneLeaves()
    {
        var watchers = Begun();
        watchers.See("a");
        watchers.See("b");

        watchers.Leave("a");
        Assert.False(watchers.IsDeserted);
        watchers.Leave("b");
        Assert.True(watchers.IsDeserted);
    }

    [Fact]
    public void Watcher_ThatSaysNothingAnyMore_CountsNotForEver()
    {
        var watchers = Begun();
        watchers.See("a");
        watchers.See("lost with its silo");
        _time.Advance(PullWatchers.Lease - Moment);
        watchers.See("a");
        watchers.Leave("a");

        Assert.False(watchers.IsDeserted);
        _time.Advance(Moment * 2);
        Assert.True(watchers.IsDeserted);
    }

    [Fact]
    public void Pull_WhoseWatchersAreLostAndNoneHasLeft_GoesOn()
    {
        var watchers = Begun();
        watchers.See("lost with its silo");

        _time.Advance(PullWatchers.Lease * 2);

        Assert.False(watchers.IsDeserted);
    }

    [Fact]
    public void Pull_TakenOverFromAnotherActivation_WaitsForWatchersThatWereNotHeardYet()
    {
        var watchers = new PullWatchers(_time);
        watchers.Leave("a");

        Assert.False(watchers.IsDeserted);
        _time.Advance(PullWatchers.Lease - Moment);
        watchers.See("b");
        _time.Advance(Moment * 2);
        Assert.False(watchers.IsDeserted);
        watchers.Leave("b");
        Assert.True(watchers.IsDeserted);
    }

    private PullWatchers Begun()
    {
        var watchers = new PullWatchers(_time);
        watchers.Begin();
        return watchers;
    }
}
