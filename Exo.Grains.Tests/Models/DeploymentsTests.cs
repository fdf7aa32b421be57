using Exo.Grains.Cluster;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Hub;
using NSubstitute;

namespace Exo.Grains.Tests.Models;

public sealed class DeploymentsTests
{
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

        var told = new Deployments(grains, node, new FastTime()).ReportLossAsync("m", 7, "gone", TestContext.Current.CancellationToken);

        Assert.Equal(noted, await told.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    /// <summary>Waits a hundredth of what is asked for.</summary>
    private sealed class FastTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, dueTime / 100, period);
    }
}
