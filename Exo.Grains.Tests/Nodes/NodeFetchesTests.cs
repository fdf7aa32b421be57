using Exo.Api;
using Exo.Grains.Models;
using Exo.Grains.Nodes;

namespace Exo.Grains.Tests.Nodes;

/// <summary>A node's fetches with work that waits for the test's word.</summary>
public sealed class NodeFetchesTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<(FetchOrder Order, TaskCompletionSource Release)> _begun = [];
    private readonly SemaphoreSlim _begins = new(0);
    private readonly NodeFetches _fetches;

    public NodeFetchesTests() => _fetches = new NodeFetches(WorkAsync, TimeProvider.System);

    [Fact]
    public async Task Start_OfWhatARunningFetchBrings_JoinsIt()
    {
        _fetches.Start(Order(0, 8));
        var first = await BegunAsync();

        var joined = _fetches.Start(Order(2, 5));

        Assert.Equal((FetchPhase.Running, 0, 8), (joined.Phase, joined.Order.FirstLayer, joined.Order.EndLayer));
        first.SetResult();
        await UntilAsync(FetchPhase.Done);
        Assert.Single(_begun);
    }

    [Fact]
    public async Task Start_OfOtherLayers_TakesTheRunningFetchsPlace_OnlyWhenThatHasEnded()
    {
        _fetches.Start(Order(0, 4));
        await BegunAsync();

        _fetches.Start(Order(4, 8));

        var second = await BegunAsync(); // The first was cancelled; its work ended before this began.
        second.SetResult();
        await UntilAsync(FetchPhase.Done);
        Assert.Equal(4, _fetches.Find("m")!.Order.FirstLayer);
    }

    [Fact]
    public async Task Start_OfHeadersAlone_LeavesTheLayersFetchAlone()
    {
        _fetches.Start(Order(0, 4));
        await BegunAsync();

        _fetches.Start(Order(0, 0));
        (await BegunAsync()).SetResult();

        Assert.Equal((FetchPhase.Running, 4), (_fetches.Find("m")!.Phase, _fetches.Find("m")!.Order.EndLayer));
    }

    [Fact]
    public async Task Cancel_EndsIt_AndSaysSo()
    {
        _fetches.Start(Order(0, 4));
        await BegunAsync();

        _fetches.Cancel("m");

        await UntilAsync(FetchPhase.Cancelled);
    }

    [Fact]
    public async Task Failure_IsKeptWithItsKind()
    {
        _fetches.Start(Order(0, 4));

        (await BegunAsync()).SetException(new ModelRefusedException(ExoErrorKind.DiskFull, "no room"));

        await UntilAsync(FetchPhase.Failed);
        Assert.Equal((ExoErrorKind.DiskFull, "no room"), (_fetches.Find("m")!.ErrorKind, _fetches.Find("m")!.Error));
    }

    [Theory]
    [InlineData(0, 8, true, 2, 5, true, true)]
    [InlineData(0, 8, false, 2, 8, true, false)]
    [InlineData(0, 8, false, 2, 8, false, true)]
    [InlineData(2, 8, true, 0, 8, true, false)]
    public void Brings_IsAboutLayersAndHead(int first, int end, bool head, int wantedFirst, int wantedEnd, bool wantedHead, bool brings) =>
        Assert.Equal(brings, NodeFetches.Brings(Order(first, end) with { WithHead = head }, Order(wantedFirst, wantedEnd) with { WithHead = wantedHead }));

    public void Dispose()
    {
        _fetches.Dispose();
        _begins.Dispose();
    }

    private static FetchOrder Order(int first, int end) => new("m", "c", first, end, []);

    private async Task WorkAsync(NodeFetch fetch, CancellationToken cancellationToken)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_begun) _begun.Add((fetch.Order, release));
        _begins.Release();
        await release.Task.WaitAsync(cancellationToken);
    }

    private async Task<TaskCompletionSource> BegunAsync()
    {
        Assert.True(await _begins.WaitAsync(Patience), "the fetch's work never began");
        lock (_begun) return _begun[^1].Release;
    }

    private async Task UntilAsync(FetchPhase phase)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (_fetches.Find("m")!.Phase != phase)
        {
            Assert.False(limit.IsCancellationRequested, $"the fetch never was {phase}; it is {_fetches.Find("m")!.Phase}");
            await Task.Yield();
        }
    }
}
