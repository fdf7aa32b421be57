using Exo.Api;
using Exo.Grains.Generation;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Exo.Grains.Tests.Nodes;

namespace Exo.Grains.Tests.Models;

/// <summary>The sample model, which every node has on its disk, on two nodes.</summary>
public sealed class SampleDeploymentTests(SampleDeploymentTests.TwoNodes nodes) : IClassFixture<SampleDeploymentTests.TwoNodes>
{
    private const string Sample = "stories";

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deploy_OfASample_EndsReadyOnOneNode()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>(Sample);
        await model.UnloadAsync(Cancelled);

        var first = await model.DeployAsync(new DeployOptions(), Cancelled);
        var deployment = await model.UntilReadyAsync();

        Assert.NotEqual(ModelPhase.Idle, first.Phase);
        var shard = Assert.Single(deployment.Shards); // Small as it is, one node is faster.
        Assert.Equal(ShardPhase.Ready, (await nodes.Grains.GetGrain<ILayerGrain>(ShardKey.Of(deployment, 0).ToString()).GetStateAsync(Cancelled)).Phase);
        Assert.True((await nodes.Grains.GetGrain<IGenerationGrain>(GenerationKey.Of(deployment).ToString()).GetLoadAsync(Cancelled)).KvBlocks > 0);
        var facts = await nodes.Grains.GetGrain<INodeGrain>(shard.Node).GetFactsAsync(Cancelled);
        Assert.Equal(Sample, Assert.Single(facts.Shards, held => held.Phase == ShardPhase.Ready).Model);
    }

    [Fact]
    public async Task Deploy_WithTwoShardsAsked_UsesBothNodes()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>(Sample);
        await model.UnloadAsync(Cancelled);

        await model.DeployAsync(new DeployOptions { ShardCount = 2, ContextLength = 256 }, Cancelled);
        var deployment = await model.UntilReadyAsync();

        Assert.Equal(nodes.Names.Order(), deployment.Shards.Select(shard => shard.Node));
        Assert.Equal(deployment.Shards[0].EndLayer, deployment.Shards[1].FirstLayer);
        Assert.Equal(256, deployment.ContextLength);
    }

    [Fact]
    public async Task Deploy_ByManyAtOnce_IsDoneOnce()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>(Sample);
        await model.UnloadAsync(Cancelled);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => model.DeployAsync(new DeployOptions(), Cancelled)));
        var deployment = await model.UntilReadyAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => model.DeployAsync(new DeployOptions(), Cancelled)));

        Assert.Equal(deployment.Epoch, (await model.GetAsync(Cancelled)).Deployment!.Epoch);
        Assert.Single(await nodes.ShardsAsync(Sample));
    }

    [Fact]
    public async Task Unload_FreesTheMemory_AndTheNextDeploymentHasAHigherEpoch()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>(Sample);
        await model.DeployAsync(new DeployOptions(), Cancelled);
        var before = await model.UntilReadyAsync();

        Assert.True(await model.UnloadAsync(Cancelled));

        Assert.Empty(await nodes.ShardsAsync(Sample));
        Assert.Equal(ModelPhase.Idle, (await model.GetAsync(Cancelled)).Phase);
        Assert.False(await model.UnloadAsync(Cancelled));
        var late = nodes.Grains.GetGrain<ILayerGrain>(ShardKey.Of(before, 0).ToString());
        await Assert.ThrowsAsync<ShardLostException>(() => late.LoadAsync(before, Cancelled)); // An order that comes late does not bring it back.

        await model.DeployAsync(new DeployOptions(), Cancelled);
        Assert.True((await model.UntilReadyAsync()).Epoch > before.Epoch);
    }

    [Fact]
    public async Task Unload_WhileFormerEpochsAreStillBeingFreed_FreesAtOnce()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>(Sample);
        await model.UnloadAsync(Cancelled);
        using var held = nodes.HoldNextRetirement();
        await model.DeployAsync(new DeployOptions(), Cancelled);
        await model.UntilReadyAsync();
        await held.Met.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        Assert.True(await model.UnloadAsync(Cancelled));

        Assert.Equal(ModelPhase.Idle, (await model.GetAsync(Cancelled)).Phase);
        Assert.Empty(await nodes.ShardsAsync(Sample));
    }

    [Fact]
    public async Task Deployment_WhoseFormerEpochsCantBeFreed_StaysReady()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>(Sample);
        await model.UnloadAsync(Cancelled);
        using var held = nodes.HoldNextRetirement();
        await model.DeployAsync(new DeployOptions(), Cancelled);
        var ready = await model.UntilReadyAsync();
        await held.Met.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        var changed = model.WatchAsync((await model.GetAsync(Cancelled)).Version, Cancelled);

        held.Fail(new InvalidOperationException("a test says so"));

        await Task.WhenAny(changed, Task.Delay(TimeSpan.FromSeconds(1), Cancelled)); // It would be said within milliseconds.
        var after = await model.GetAsync(Cancelled);
        Assert.Equal((ModelPhase.Ready, ready.Epoch), (after.Phase, after.Deployment?.Epoch));
    }

    [Fact]
    public async Task ReportLoss_OfTheCurrentEpoch_ReplacesIt_AndOfAnOlderOneDoesNot()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>(Sample);
        await model.DeployAsync(new DeployOptions(), Cancelled);
        var first = await model.UntilReadyAsync();

        await model.ReportLossAsync(first.Epoch, "a test says so", Cancelled);
        var second = await model.UntilReadyAsync(after: first.Epoch);
        var after = await model.ReportLossAsync(first.Epoch, "a test says so again", Cancelled);

        Assert.Equal(ModelPhase.Ready, after.Phase);
        Assert.Equal(second.Epoch, after.Deployment!.Epoch);
    }

    [Fact]
    public async Task Deploy_OfAModelThatIsNot_FailsInWords()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>("no-such-sample");

        await model.DeployAsync(new DeployOptions(), Cancelled);
        var failed = await model.UntilAsync(now => now.Phase == ModelPhase.Failed, "the failure");

        Assert.Equal(ExoErrorKind.ModelNotFound, failed.ErrorKind);
        Assert.Contains("no-such-sample", failed.Error);
    }

    [Fact]
    public async Task Plan_SaysWhereAndWhy_AndMovesNothing()
    {
        var model = nodes.Grains.GetGrain<IModelGrain>(Sample);
        await model.UnloadAsync(Cancelled);

        var plan = await model.PlanAsync(new DeployOptions { ContextLength = 512 }, Cancelled);

        Assert.Equal(0, plan.Deployment!.Epoch);
        var report = System.Text.Json.JsonSerializer.Deserialize(plan.ReportJson, ExoJson.Default.PlacementReport)!;
        Assert.NotEmpty(report.Reasons);
        Assert.Equal(512, report.ContextLength);
        Assert.Equal(ModelPhase.Idle, (await model.GetAsync(Cancelled)).Phase);
    }

    public sealed class TwoNodes() : NodesFixture(2)
    {
        private Retirement? _toHold;

        /// <summary>A node that is told next to free former epochs doesn't answer until the result is disposed of.</summary>
        public Retirement HoldNextRetirement() => _toHold = new Retirement();

        /// <summary>Shards of a model that are in the memory of any node.</summary>
        public async Task<IReadOnlyList<ShardState>> ShardsAsync(string model)
        {
            var facts = await Task.WhenAll(Names.Select(name => Grains.GetGrain<INodeGrain>(name).GetFactsAsync()));
            return [.. facts.SelectMany(node => node.Shards).Where(shard => shard.Model == model)];
        }

        /// <summary>The nodes are as fast as each other: measured on a busy machine, one may be better at reading and the other at arithmetic, and a model is split.</summary>
        protected override void Configure(ISiloBuilder silo, string node)
        {
            new FixedMeter(1L << 30).Register(silo.Services);
            silo.AddIncomingGrainCallFilter(async call =>
            {
                if (call.InterfaceMethod.Name == nameof(INodeGrain.RetireAsync) && Interlocked.Exchange(ref _toHold, null) is { } retirement) await retirement.HoldAsync();
                await call.Invoke();
            });
        }
    }

    /// <summary>A call that a test holds up.</summary>
    public sealed class Retirement : IDisposable
    {
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The call has come.</summary>
        public Task Met => _met.Task;

        public void Dispose() => _end.TrySetResult();

        /// <summary>The call ends in a failure.</summary>
        public void Fail(Exception failure) => _end.TrySetException(failure);

        internal Task HoldAsync()
        {
            _met.TrySetResult();
            return _end.Task;
        }
    }
}
