using Exo.Grains.Cluster;
using Exo.Grains.Models;

namespace Exo.Grains.Tests.Cluster;

/// <summary>A model's snapshot in the service contract's words.</summary>
public sealed class ModelReportsTests
{
    [Fact]
    public void FractionOf_FetchThatNoNodeHasCountedYet_IsNoneOfTheWay()
    {
        Assert.Equal(0, ModelReports.FractionOf(Snapshot(ModelPhase.Fetching, Work("a", 0, 12, wanted: 0, done: 0), Work("b", 12, 24, wanted: 0, done: 0))));
    }

    [Fact]
    public void FractionOf_FetchThatOneNodeHasNotCountedYet_CountsTheOthersLayersAlone()
    {
        var fraction = ModelReports.FractionOf(Snapshot(ModelPhase.Fetching, Work("a", 0, 6, wanted: 100, done: 100), Work("b", 6, 24, wanted: 0, done: 0)));

        Assert.Equal(0.9 / 4, fraction, 9);
    }

    [Fact]
    public void FractionOf_LoadWithNothingToFetch_BeginsWhereFetchingEnds()
    {
        Assert.Equal(0.9, ModelReports.FractionOf(Snapshot(ModelPhase.Loading, Work("a", 0, 24, wanted: 0, done: 0))), 9);
    }

    [Fact]
    public void PullOf_PullThatWasBegunBefore_TellsWhatWasThere()
    {
        var progress = ModelReports.PullOf(Snapshot(ModelPhase.Fetching, Work("a", 0, 12, wanted: 100, done: 70) with { BytesFromCache = 60 }, Work("b", 12, 24, wanted: 100, done: 5)));

        Assert.Equal(60, progress.CachedByteCount);
        Assert.Equal(75, progress.DoneByteCount);
    }

    private static ModelSnapshot Snapshot(ModelPhase phase, params NodeWork[] nodes) => new() { Model = "org/name", Version = 1, Phase = phase, Nodes = [.. nodes] };

    private static NodeWork Work(string node, int first, int end, long wanted, long done) => new(node, first, end, wanted, done, 0, 0, 0);
}
