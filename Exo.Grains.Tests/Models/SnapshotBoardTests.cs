using Exo.Grains.Models;
using Exo.Tests.Hub;

namespace Exo.Grains.Tests.Models;

public sealed class SnapshotBoardTests
{
    private readonly ManualTime _time = new();
    private readonly List<ModelSnapshot> _published = [];

    [Fact]
    public async Task Watch_ReturnsWithTheNextChange_AndAtOnceWhereItIsPast()
    {
        var board = Board();
        var before = board.Current.Version;
        var watch = board.WatchAsync(before, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.False(watch.IsCompleted);

        board.Set(board.Current with { Phase = ModelPhase.Planning });

        Assert.Equal(ModelPhase.Planning, (await watch).Phase);
        var late = board.WatchAsync(before, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.True(late.IsCompletedSuccessfully);
    }

    [Fact]
    public void Set_WithNothingNew_ChangesNothing()
    {
        var board = Board();
        board.Set(board.Current with { Phase = ModelPhase.Fetching, Nodes = [new NodeWork("a", 0, 3, 10, 5, 0, 1, 0)] });
        var before = board.Current;

        board.Set(board.Current with { Nodes = [new NodeWork("a", 0, 3, 10, 5, 0, 1, 0)] });

        Assert.Same(before, board.Current);
    }

    [Fact]
    public void Versions_RiseWithEveryChange_AndOverMoves()
    {
        var board = Board();
        var first = board.Current.Version;
        for (var i = 0; i < 100; i++) board.Set(board.Current with { Error = $"{i}" });
        Assert.Equal(first + 100, board.Current.Version); // Faster than the clock: one each.

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Board().Current.Version > board.Current.Version);
    }

    [Fact]
    public async Task Publish_IsAtMostTenASecond_AndTheLastChangeIsNotLost()
    {
        var board = Board();
        for (var i = 0; i < 50; i++) board.Set(board.Current with { Error = $"{i}" });
        await Task.Yield();
        Assert.Single(_published); // The first at once; the others wait.

        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(2, _published.Count);
        Assert.Equal("49", _published[^1].Error);
    }

    private SnapshotBoard Board() => new("model", _published.Add, _time);
}
