using Exo.Api;
using Exo.Grains.Models;
using Exo.Hub;

namespace Exo.Grains.Tests.Models;

/// <summary>Three nodes, one of them with no room on its disk.</summary>
public sealed class FullDiskTests(FullDiskTests.OneFull nodes) : IClassFixture<FullDiskTests.OneFull>
{
    private CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plan_OfAModelFromTheHub_LeavesTheFullNodeOutAndSaysWhy()
    {
        var model = await nodes.NewModelOnAsync(nodes.Names.First(name => name != nodes.Full));

        var plan = await model.PlanAsync(new DeployOptions { ContextLength = 256 }, Cancelled);

        Assert.DoesNotContain(nodes.Full, plan.Deployment!.Shards.Select(shard => shard.Node));
        var report = System.Text.Json.JsonSerializer.Deserialize(plan.ReportJson, ExoJson.Default.PlacementReport)!;
        var left = Assert.Single(report.LeftOut, left => left.Node == nodes.Full).Reason;
        Assert.Contains("of disk to give", left);
        Assert.DoesNotContain(left, report.Reasons); // It is told once.
    }

    [Fact]
    public async Task Pull_WhoseNodeCannotTakeItsLayers_IsPlannedWithoutIt_AndSaysWhy()
    {
        var model = await nodes.NewModelOnAsync(nodes.Names.First(name => name != nodes.Full));

        // A split that is asked for looks at nobody's disk: the full node gets a part, and fails.
        await model.DeployAsync(new DeployOptions { ShardCount = 3, ContextLength = 256 }, Cancelled);
        var ready = await model.UntilAsync(now => now.Phase is ModelPhase.Ready or ModelPhase.Failed, "an end");

        Assert.Null(ready.Error);
        Assert.DoesNotContain(nodes.Full, ready.Deployment!.Shards.Select(shard => shard.Node));
        Assert.Equal(2, ready.Deployment.Shards.Select(shard => shard.Node).Distinct().Count());
        Assert.Contains($"planned without node '{nodes.Full}'", ready.Notice);
        await model.UnloadAsync(Cancelled);
    }

    public sealed class OneFull() : HubNodes(3)
    {
        private string? _full;

        /// <summary>The first in the order of names, which the planner would take of equals.</summary>
        public string Full => _full!;

        protected override HubOptions HubOf(string node) => base.HubOf(node) with { FreeSpaceMargin = node == (_full ??= node) ? 1L << 60 : 0 };
    }
}
