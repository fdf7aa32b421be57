using Exo.Grains.Cluster;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Hub;
using NSubstitute;
using Orleans.Runtime;

namespace Exo.Grains.Tests.Models;

/// <summary>Calls of a model's grain that are never answered, as happens to some that are on their way when its silo dies.</summary>
public sealed class DeploymentsTests(DeploymentsTests.TwoNodes nodes) : IClassFixture<DeploymentsTests.TwoNodes>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReportLoss_ThatIsNeverAnswered_IsSaidAgain()
    {
        var model = Substitute.For<IModelGrain>();
        var noted = new ModelSnapshot { Model = "m", Version = 2, Phase = ModelPhase.Planning };
        var lost = new TaskCompletionSource<ModelSnapshot>().Task;
        model.ReportLossAsync(7, "gone", Arg.Any<CancellationToken>()).Returns(_ => lost, _ => Task.FromResult(noted));
        var grains = Substitute.For<IGrainFactory>();
        grains.GetGrain<IModelGrain>("m").Returns(model);
        var node = new NodeOptions { Name = "n", Backends = [], Hub = new HubOptions { CacheFolder = "nowhere" } };

        var told = new Deployments(grains, nodes.Of<IClusterMembershipService>(nodes.Names[0]), node, new FastTime()).ReportLossAsync("m", 7, "gone", Token);

        Assert.Equal(noted, await told.WaitAsync(Patience, Token));
    }

    [Fact]
    public async Task Call_ThatIsNeverAnswered_IsMadeAgainWhenANodeDies_AndNotBefore()
    {
        var calls = 0;
        var tried = nodes.Of<Deployments>(nodes.Names[0]).TryAsync(() => ++calls == 1 ? new TaskCompletionSource<int>().Task : Task.FromResult(calls), Token);

        await nodes.Cluster.StartAdditionalSiloAsync();
        Assert.Equal(1, calls);
        await nodes.KillAsync(nodes.Names[^1]);

        Assert.Equal(2, await tried.WaitAsync(Patience, Token));
    }

    public sealed class TwoNodes() : NodesFixture(2);
}
