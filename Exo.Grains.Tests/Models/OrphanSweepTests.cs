using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Shards;

namespace Exo.Grains.Tests.Models;

/// <summary>Shards that nobody wants any more, and nobody could free when they were given up.</summary>
public sealed class OrphanSweepTests(OrphanSweepTests.SweptNode node) : IClassFixture<OrphanSweepTests.SweptNode>
{
    private const string Sample = "stories";

    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_FreesAShardOfAModelThatIsUnloaded()
    {
        var model = node.Grains.GetGrain<IModelGrain>(Sample);
        await model.DeployAsync(new DeployOptions { ContextLength = 256 }, Cancelled);
        var deployment = await model.UntilReadyAsync();
        await model.UnloadAsync(Cancelled);
        var late = deployment with { Epoch = deployment.Epoch + 1 };
        var shard = node.Grains.GetGrain<ILayerGrain>(ShardKey.Of(late, 0).ToString());

        await shard.LoadAsync(late, Cancelled);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await shard.GetStateAsync(Cancelled)).Phase != ShardPhase.Absent) await Task.Delay(20, limit.Token);
        await Assert.ThrowsAsync<ShardLostException>(() => shard.LoadAsync(late, Cancelled)); // It does not come back.
    }

    [Theory]
    [InlineData(ModelPhase.Ready, 7, 5, 6L)]
    [InlineData(ModelPhase.Ready, 7, 7, null)]
    [InlineData(ModelPhase.Loading, 7, 5, null)]
    [InlineData(ModelPhase.Planning, null, 5, null)]
    [InlineData(ModelPhase.Idle, null, 5, 5L)]
    [InlineData(ModelPhase.Failed, null, 5, 5L)]
    public void OverUpTo_SparesWhatMayBeWanted(ModelPhase phase, int? deployed, int held, long? expected)
    {
        var deployment = deployed is { } epoch ? new Deployment { Model = Sample, Epoch = epoch, ContextLength = 256, MaxSequences = 1, KvBlockCount = 1, Shards = [] } : null;

        Assert.Equal(expected, OrphanSweep.OverUpTo(new ModelSnapshot { Model = Sample, Version = 1, Phase = phase, Deployment = deployment }, held));
    }

    public sealed class SweptNode() : NodesFixture(1)
    {
        protected override NodeOptions Options(string node) => base.Options(node) with { OrphanSweepInterval = TimeSpan.FromMilliseconds(200) };
    }
}
