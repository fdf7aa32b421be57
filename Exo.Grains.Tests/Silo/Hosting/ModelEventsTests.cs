using Exo.Api;
using Exo.Api.Events;
using Exo.Grains.Models;
using Exo.Silo.Hosting;
using Exo.Tests.Hub;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace Exo.Grains.Tests.Silo.Hosting;

public sealed class ModelEventsTests
{
    private const string Model = "org/name";

    private static readonly NodeWork Half = new("a", 0, 4, 100, 50, 0, 0, 0.5);

    [Fact]
    public async Task Look_WithTheStoreAway_EndsNothing_AndTheNextOneFindsItBack()
    {
        var token = TestContext.Current.CancellationToken;
        var board = new EventBoard();
        await using var watcher = board.WatchAsync(null, token).GetAsyncEnumerator(token);
        var next = watcher.MoveNextAsync().AsTask();
        var directory = Substitute.For<IModelDirectoryGrain>();
        directory.ListAsync(Arg.Any<CancellationToken>()).Returns(_ => throw new InvalidOperationException("Redis is away"), _ => [Snapshot(ModelPhase.Fetching)]);
        var cluster = Substitute.For<IClusterClient>();
        cluster.GetGrain<IModelDirectoryGrain>(IModelDirectoryGrain.Key).Returns(directory);
        using var events = new ModelEvents(cluster, board, new ManualTime(), NullLogger<ModelEvents>.Instance);

        await events.LookAsync(token);
        await events.LookAsync(token); // Its stream can't be followed here: what the directory told is told all the same.

        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10), token));
        Assert.Equal($"pull:{Model}", watcher.Current.Event.Key);
    }

    [Theory]
    [InlineData(ModelGoal.Fetched, ModelPhase.Planning, "pull:org/name")]
    [InlineData(ModelGoal.Fetched, ModelPhase.Fetching, "pull:org/name")]
    [InlineData(ModelGoal.Deployed, ModelPhase.Planning, "load:org/name")]
    [InlineData(ModelGoal.Deployed, ModelPhase.Fetching, "pull:org/name load:org/name")]
    [InlineData(ModelGoal.Deployed, ModelPhase.Loading, "load:org/name")]
    public void Failure_EndsWhatWasUnderWay(ModelGoal goal, ModelPhase phase, string keys)
    {
        var failed = Snapshot(ModelPhase.Failed) with { Error = "no room", End = new WorkEnd(WorkOutcome.Failed, goal, phase) };

        var events = ModelEvents.EventsOf(failed).ToList();

        Assert.Equal(keys, string.Join(' ', events.Select(posted => posted.Key)));
        Assert.All(events, posted => Assert.Equal("no room", posted.Failure));
    }

    [Fact]
    public void Pull_IsToldAsDone_OnlyWhereItCameToItsEnd()
    {
        var done = ModelEvents.EventsOf(Snapshot(ModelPhase.Idle) with { End = new WorkEnd(WorkOutcome.Done, ModelGoal.Fetched, ModelPhase.Fetching) });
        var cancelled = ModelEvents.EventsOf(Snapshot(ModelPhase.Idle) with { End = new WorkEnd(WorkOutcome.Cancelled, ModelGoal.Fetched, ModelPhase.Fetching) });

        Assert.Equal(PullPhase.Done, Assert.Single(done).Pull?.Phase);
        Assert.Equal("it was cancelled", Assert.Single(cancelled).Failure);
    }

    private static ModelSnapshot Snapshot(ModelPhase phase) => new() { Model = Model, Version = 1, Phase = phase, Nodes = [Half] };
}
