using Exo.Api;
using Exo.Api.Events;
using Exo.Tests.Hub;

namespace Exo.Tests.Api.Events;

public sealed class EventBoardTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Watch_Newcomer_GetsTheLatestOfEachKeyThenWhatComes()
    {
        var board = new EventBoard(_time);
        board.Post(Load("a", 0.1));
        board.Post(Load("b", 0.2));
        board.Post(Load("a", 0.3));
        await using var watcher = board.WatchAsync(null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.Equal(("b", 0.2), await NextAsync(watcher));
        Assert.Equal(("a", 0.3), await NextAsync(watcher));
        var coming = NextAsync(watcher);
        Assert.False(coming.IsCompleted);
        board.Post(Load("b", 0.4));

        Assert.Equal(("b", 0.4), await coming);
    }

    [Fact]
    public async Task Watch_WithTheLastId_GoesOnFromThere()
    {
        var board = new EventBoard(_time);
        board.Post(Load("a", 0.1));
        string last;
        await using (var first = board.WatchAsync(null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken))
        {
            await NextAsync(first);
            last = first.Current.Id;
        }
        board.Post(Load("b", 0.2));

        await using var again = board.WatchAsync(last, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await using var foreign = board.WatchAsync("another.7", TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.Equal(("b", 0.2), await NextAsync(again));
        Assert.Equal(("a", 0.1), await NextAsync(foreign));
    }

    [Fact]
    public async Task Watch_SlowReader_SkipsWhatWasReplaced()
    {
        var board = new EventBoard(_time);
        await using var watcher = board.WatchAsync(null, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        board.Post(Load("a", 0));
        Assert.Equal(("a", 0), await NextAsync(watcher));

        for (var step = 1; step <= 1000; step++) board.Post(Load("a", step / 1000.0));

        Assert.Equal(("a", 1), await NextAsync(watcher));
    }

    [Fact]
    public async Task Post_ManyKeysThatEnded_AreForgottenInTime()
    {
        var board = new EventBoard(_time);
        board.Post(Load("old", 1));
        _time.Advance(EventBoard.Afterlife + TimeSpan.FromSeconds(1));
        for (var key = 0; key < EventBoard.MostKeys + 10; key++) board.Post(Load($"key {key}", 0.5));
        using var end = new CancellationTokenSource();
        var keys = new List<string>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var next in board.WatchAsync(null, end.Token))
            {
                keys.Add(next.Event.Key);
                if (keys.Count == EventBoard.MostKeys) await end.CancelAsync();
            }
        });

        Assert.DoesNotContain("old", keys);
        Assert.Equal($"key {EventBoard.MostKeys + 9}", keys[^1]);
        Assert.Equal(0, board.WatcherCount);
    }

    private static ExoEvent Load(string key, double fraction) => new() { Key = key, Load = new LoadSnapshot(key, fraction) };

    private static async Task<(string Key, double Fraction)> NextAsync(IAsyncEnumerator<NumberedEvent> watcher)
    {
        Assert.True(await watcher.MoveNextAsync().AsTask().WaitAsync(Patience));
        return (watcher.Current.Event.Key, watcher.Current.Event.Load!.Fraction);
    }
}
