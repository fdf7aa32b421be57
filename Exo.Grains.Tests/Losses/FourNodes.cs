using Exo.Grains.Generation;
using Exo.Grains.Models;

namespace Exo.Grains.Tests.Losses;

/// <summary>Three nodes that run a third of a model each, and a fourth that the person is connected to.</summary>
internal class FourNodes() : NodesFixture(4)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes a model ready on the first three by name.</summary>
    public async Task<Deployment> DeployAsync(string model, int contextLength)
    {
        var grain = Grains.GetGrain<IModelGrain>(model);
        var snapshot = await grain.DeployAsync(new DeployOptions { ShardCount = 3, ContextLength = contextLength }, Token);
        using var limit = new CancellationTokenSource(Patience);
        while (snapshot.Phase != ModelPhase.Ready)
        {
            Assert.False(limit.IsCancellationRequested, $"the deployment was never ready; it is {snapshot.Phase}: {snapshot.Error}");
            snapshot = await grain.WatchAsync(snapshot.Version, Token);
        }

        return snapshot.Deployment!;
    }

    /// <summary>Nothing of an answer stays: no KV block, and each layer is in memory once.</summary>
    public async Task AssertIdleAsync(string model)
    {
        var now = await Grains.GetGrain<IModelGrain>(model).GetAsync(Token);
        var load = await Grains.GetGrain<IGenerationGrain>(GenerationKey.Of(now.Deployment!).ToString()).GetLoadAsync(Token);
        Assert.Equal((0, 0, 0, 0), (load.Waiting, load.Running, load.StepsInFlight, load.KvBlocksInUse));
        var resident = new List<Shards.ShardState>();
        foreach (var silo in Cluster.Silos) resident.AddRange(Of<Shards.ShardHost>(silo.Name).States);
        Assert.Equal(now.Deployment!.Shards.Select(shard => (shard.FirstLayer, shard.EndLayer)), resident.Select(shard => (shard.FirstLayer, shard.EndLayer)).Order());
    }
}
