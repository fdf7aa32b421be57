using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Grains.Tests.Models;
using Orleans.Runtime;

namespace Exo.Grains.Tests.Generation;

/// <summary>Drivers that nobody closes end by themselves.</summary>
public sealed class DriverEndTests(ChainFixture nodes) : IClassFixture<ChainFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Driver_WhoseShardsWereFreed_Ends()
    {
        var deployment = await nodes.DeployAsync(ChainFixture.Stories, nodes.Names[0], nodes.Names[1]);
        var driver = nodes.Driver(deployment);
        Assert.True(await IsThereAsync(nodes.Grains, driver));

        await nodes.Grains.GetGrain<INodeGrain>(nodes.Names[0]).RetireAsync(deployment.Model, deployment.Epoch, Cancelled); // As a sweep does.

        await UntilGoneAsync(nodes.Grains, driver);
    }

    /// <summary>The grain that would have closed it goes with the shard.</summary>
    [Fact]
    public async Task Driver_WhoseModelsGrainIsLostWithAShard_Ends()
    {
        await using var three = new ThreeNodes();
        await three.InitializeAsync();
        var lost = three.Names.Order().ElementAt(1); // Two shards go on the first two.
        var model = await three.NewModelOnAsync(lost);
        await model.DeployAsync(new DeployOptions { ShardCount = 2, ContextLength = 256 }, Cancelled);
        var first = await model.UntilReadyAsync();
        Assert.Equal(lost, first.Shards[1].Node);

        await three.KillAsync(lost);
        await model.UntilReadyAsync(after: first.Epoch);

        await UntilGoneAsync(three.Grains, three.Grains.GetGrain<Exo.Grains.Generation.IGenerationGrain>(Exo.Grains.Generation.GenerationKey.Of(first).ToString()));
    }

    private static async Task UntilGoneAsync(IGrainFactory grains, IAddressable driver)
    {
        using var limit = new CancellationTokenSource(ChainFixture.Patience);
        while (await IsThereAsync(grains, driver))
        {
            Assert.False(limit.IsCancellationRequested, "the driver never ended");
            await Task.Yield();
        }
    }

    /// <summary>The silos are asked: directories remember what is gone.</summary>
    private static async Task<bool> IsThereAsync(IGrainFactory grains, IAddressable driver) =>
        (await grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics()).Any(grain => grain.GrainId == driver.GetGrainId());

    private sealed class ThreeNodes() : HubNodes(3);
}
