using Exo.Api;
using Exo.Grains.Cluster;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Tests.Hub.Server;
using Orleans.Core.Internal;

namespace Exo.Grains.Tests.Models;

/// <summary>Models that come from a hub to three nodes as slices.</summary>
public sealed class HubPullTests(HubPullTests.ThreeNodes nodes) : IClassFixture<HubPullTests.ThreeNodes>
{
    private static readonly DeployOptions TwoShards = new() { ShardCount = 2, ContextLength = 256 };

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pull_ByTwoNodes_AsksTheHubOnceForEachByte()
    {
        nodes.Weights.Open();
        var name = nodes.NewModel();
        var model = nodes.Grains.GetGrain<IModelGrain>(name);

        await model.PullAsync(TwoShards, Cancelled);
        var pulled = await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end");

        Assert.Null(pulled.Error);
        AssertOnce(name);
        Assert.All(pulled.Nodes, node => Assert.Equal(node.BytesWanted, node.BytesDone));
        Assert.Equal(2, pulled.Nodes.Length);

        await model.DeployAsync(TwoShards, Cancelled); // Of what is there: the hub is not asked again.
        var deployment = await model.UntilReadyAsync();
        AssertOnce(name);
        Assert.NotNull(deployment.Commit);
        foreach (var shard in deployment.Shards)
            Assert.Contains((await nodes.FactsAsync(shard.Node)).Held, held => held.Model == name && held.FirstLayer == shard.FirstLayer && held.EndLayer == shard.EndLayer);
        await model.UnloadAsync(Cancelled);
    }

    [Fact]
    public async Task Load_OfWhatNoNodeHas_TellsFetchingFromLoading()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        nodes.Weights.ShutAfter(1);
        var request = new LoadRequest { Model = nodes.NewModel(), ContextLength = 256 };
        List<LoadProgress> told = [];

        await foreach (var progress in nodes.Of<IExoService>(nodes.Names[0]).LoadAsync(request, patience.Token))
        {
            told.Add(progress);
            if (progress.IsFetching) nodes.Weights.Open(); // The hub is silent until it has been told.
        }

        Assert.Contains(told, progress => progress.IsFetching);
        Assert.False(told[^1].IsFetching);
        Assert.True(await nodes.Of<IExoService>(nodes.Names[0]).UnloadAsync(request.Model, Cancelled));
    }

    [Fact]
    public async Task Deploy_OnMoreNodesThanBefore_TakesFromTheOthersWhatTheyHave()
    {
        nodes.Weights.Open();
        var name = nodes.NewModel();
        var model = nodes.Grains.GetGrain<IModelGrain>(name);
        await model.PullAsync(TwoShards, Cancelled);
        await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end");

        await model.DeployAsync(new DeployOptions { ShardCount = 3, ContextLength = 256 }, Cancelled);
        var deployment = await model.UntilReadyAsync();

        Assert.Equal(3, deployment.Shards.Select(shard => shard.Node).Distinct().Count());
        AssertOnce(name);
        await model.UnloadAsync(Cancelled);
    }

    [Fact]
    public async Task CancelPull_Midway_KeepsWhatCame_AndTheNextPullFetchesTheRest()
    {
        // Two silences: no node is in the middle of a good answer, whose range would be asked for again.
        var (name, model) = await PullUntilSilenceAsync(TwoShards, requests: 8, silences: 2);

        var cancelled = await model.CancelPullAsync(Cancelled);

        Assert.Equal(ModelPhase.Idle, cancelled.Phase);
        await UntilNoFetchAsync(name);
        var fetches = await Task.WhenAll(nodes.Names.Select(node => nodes.Grains.GetGrain<INodeGrain>(node).GetFetchAsync(name, Cancelled)));
        Assert.Contains(fetches, fetch => fetch?.Phase == FetchPhase.Cancelled);

        nodes.Weights.Open();
        await model.PullAsync(TwoShards, Cancelled);
        var pulled = await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the second pull's end");
        Assert.Null(pulled.Error);
        AssertOnce(name); // A silent answer brought no byte, so that not one was asked for twice.
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ControlPull_PausesTheNodesFetches_AndHasThemGoOn(int shards)
    {
        var (_, model) = await PullUntilSilenceAsync(new DeployOptions { ShardCount = shards, ContextLength = 256 }, requests: 3, silences: 1);

        await model.ControlPullAsync(paused: true, priority: 7, Cancelled);
        await model.UntilAsync(now => ModelReports.PullOf(now) is { Phase: PullPhase.Paused, BytesPerSecond: 0, SecondsLeft: null }, "the pause");
        nodes.Weights.Open();
        await Task.Delay(1500, Cancelled); // Longer than a silent answer is waited for.
        var held = await model.GetAsync(Cancelled);
        Assert.Equal(ModelPhase.Fetching, held.Phase);
        Assert.Contains(held.Nodes, node => node.BytesDone < node.BytesWanted);

        await model.ControlPullAsync(paused: false, priority: null, Cancelled);
        var pulled = await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end");
        Assert.Null(pulled.Error);
        Assert.Equal(ModelPhase.Idle, (await model.ControlPullAsync(paused: true, priority: null, Cancelled)).Phase); // There is nothing to hold.
    }

    [Fact]
    public async Task Pull_PausedBeforeItsGrainMoves_StaysPaused_UntilItIsResumed()
    {
        var (name, model) = await PullUntilSilenceAsync(TwoShards, requests: 3, silences: 1);
        await model.ControlPullAsync(paused: true, priority: 7, Cancelled);
        var fetching = (await model.GetAsync(Cancelled)).Nodes;
        nodes.Weights.Open();

        await model.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        await model.ControlPullAsync(paused: null, priority: 3, Cancelled); // To the next activation, and not a word of the pause.

        foreach (var node in fetching)
            Assert.Equal((FetchPhase.Running, true), await nodes.Grains.GetGrain<INodeGrain>(node.Node).GetFetchAsync(name, Cancelled) is { } fetch ? (fetch.Phase, fetch.IsPaused) : default);
        await model.UntilAsync(now => ModelReports.PullOf(now).Phase == PullPhase.Paused, "the pause that was told to the grain before");
        await model.ControlPullAsync(paused: false, priority: null, Cancelled);
        Assert.Null((await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end")).Error);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(128)] // Another shape: planned anew, over fetches that are paused.
    public async Task Deploy_OfAModelWhosePullIsPaused_GoesOn(int context)
    {
        var (_, model) = await PullUntilSilenceAsync(TwoShards, requests: 3, silences: 1);
        await model.ControlPullAsync(paused: true, priority: null, Cancelled);
        nodes.Weights.Open();

        await model.DeployAsync(TwoShards with { ContextLength = context }, Cancelled);

        await model.UntilReadyAsync();
        await model.UnloadAsync(Cancelled);
    }

    [Fact]
    public async Task Pull_ByOneNode_GoesIntoTheSharedCache()
    {
        nodes.Weights.Open();
        var name = nodes.NewModel();
        var model = nodes.Grains.GetGrain<IModelGrain>(name);

        await model.PullAsync(new DeployOptions { ShardCount = 1 }, Cancelled);
        var pulled = await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end");

        Assert.Null(pulled.Error);
        var node = Assert.Single(pulled.Nodes).Node;
        var path = nodes.Of<IModelLocator>(node).Locate(name, null, new Exo.Engine.Models.LayerRange(0, 5));
        Assert.StartsWith(nodes.CacheOf(node), path); // Where Python's tools find it too.
        AssertOnce(name); // Headers and small files come from the node that planned.
    }

    [Fact]
    public async Task Pull_ByTheNodeThatPlannedIt_AsksTheHubOnceWhatItHas()
    {
        nodes.Weights.Open();
        var planning = nodes.Names.Order().First(); // A single shard goes there too.
        var model = await nodes.NewModelOnAsync(planning);
        var facts = $"/api/models/{model.GetPrimaryKeyString()}/";

        await model.PullAsync(new DeployOptions { ShardCount = 1 }, Cancelled);
        var pulled = await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end");

        Assert.Equal((null, planning), (pulled.Error, Assert.Single(pulled.Nodes).Node));
        var asked = nodes.Hub.Ledger.Requests.Select(request => request.Target).Where(target => target.Contains(facts, StringComparison.Ordinal)).ToList();
        Assert.Equal(asked.Distinct(), asked);
        Assert.Single(asked, target => target.Contains("/tree/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pull_ByManyAtOnce_IsOnePull()
    {
        nodes.Weights.Open();
        var name = nodes.NewModel();
        var model = nodes.Grains.GetGrain<IModelGrain>(name);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => model.PullAsync(TwoShards, Cancelled)));
        await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end");

        AssertOnce(name);
    }

    [Fact]
    public async Task Pull_OfAModelThatTheHubHasNot_FailsWithItsKind()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>("org/nothing-of-the-sort");

        await model.PullAsync(new DeployOptions(), Cancelled);
        var failed = await model.UntilAsync(now => now.Phase == ModelPhase.Failed, "the failure");

        Assert.Equal(ExoErrorKind.ModelNotFound, failed.ErrorKind);
    }

    [Fact]
    public async Task Pull_IsInTheDirectoryWhileItRuns()
    {
        var (name, model) = await PullUntilSilenceAsync(TwoShards, requests: 4, silences: 1);
        await model.UntilAsync(now => now.Phase == ModelPhase.Fetching && now.Nodes.Sum(node => node.BytesDone) > 0, "the first bytes");

        var listed = await nodes.Grains.GetGrain<IModelDirectoryGrain>(IModelDirectoryGrain.Key).ListAsync(Cancelled);

        Assert.Equal(ModelPhase.Fetching, Assert.Single(listed, now => now.Model == name).Phase);
        nodes.Weights.Open();
        await model.UntilAsync(now => now.Phase is ModelPhase.Idle, "the pull's end");
    }

    /// <summary>Begins to pull a new model and returns when the hub, after so many requests for weights, has left so many without an answer.</summary>
    private async Task<(string Name, IModelGrain Model)> PullUntilSilenceAsync(DeployOptions options, int requests, int silences)
    {
        nodes.Weights.ShutAfter(requests);
        var name = nodes.NewModel();
        var model = nodes.Grains.GetGrain<IModelGrain>(name);
        await model.PullAsync(options, Cancelled);
        await nodes.Hub.Ledger.WhenAsync(silences, request => request.Fault == Fault.Silence && request.File == $"{name}/model.safetensors");
        return (name, model);
    }

    private void AssertOnce(string name)
    {
        foreach (var (path, byteCount) in HubNodes.Files) Assert.Equal((path, byteCount), (path, nodes.Hub.Ledger.BytesSent($"{name}/{path}")));
    }

    private async Task UntilNoFetchAsync(string name)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        foreach (var node in nodes.Names)
            while ((await nodes.Grains.GetGrain<INodeGrain>(node).GetFetchAsync(name, Cancelled))?.Phase == FetchPhase.Running)
                Assert.False(limit.IsCancellationRequested, $"the fetch on {node} never ended");
    }

    public sealed class ThreeNodes() : HubNodes(3);
}
