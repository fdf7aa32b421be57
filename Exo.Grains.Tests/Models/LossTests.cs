using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Tests.Hub.Server;
using Orleans.Runtime;

namespace Exo.Grains.Tests.Models;

/// <summary>Nodes that go while a model is fetched or stands ready.</summary>
public sealed class LossTests
{
    private static readonly DeployOptions TwoShards = new() { ShardCount = 2, ContextLength = 256 };

    /// <summary>A node that joins is to be usable within this time.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pull_WhoseGrainsNodeIsKilled_GoesOnElsewhere_AndAsksForNoByteTwice()
    {
        await using var nodes = new ThreeNodes();
        await nodes.InitializeAsync();
        var planning = nodes.Names.Order().Last(); // Two shards go on the two others.
        var model = await nodes.NewModelOnAsync(planning);
        var name = model.GetPrimaryKeyString();
        nodes.Weights.ShutAfter(6);
        await model.PullAsync(TwoShards, Cancelled);
        await nodes.Hub.Ledger.WhenAsync(2, request => request.Fault == Fault.Silence && request.File == $"{name}/model.safetensors");

        await nodes.KillAsync(planning);
        nodes.Weights.Open();

        // Nobody but the nodes' own watch asks for the grain: the pull goes on without any caller.
        await UntilSentAsync(nodes, name);
        foreach (var (path, byteCount) in HubNodes.Files) Assert.Equal((path, byteCount), (path, nodes.Hub.Ledger.BytesSent($"{name}/{path}")));
        await model.UntilAsync(now => now.Phase is ModelPhase.Idle, "the pull's end");
    }

    [Fact]
    public async Task Pull_PausedWhenItsGrainsNodeIsKilled_StaysPausedOnTheOthers_UntilItIsResumed()
    {
        await using var nodes = new ThreeNodes();
        await nodes.InitializeAsync();
        var planning = nodes.Names.Order().First(); // It fetches one shard; when it is gone another node has to.
        var model = await nodes.NewModelOnAsync(planning);
        var name = model.GetPrimaryKeyString();
        nodes.Weights.ShutAfter(6);
        await model.PullAsync(TwoShards, Cancelled);
        await nodes.Hub.Ledger.WhenAsync(2, request => request.Fault == Fault.Silence && request.File == $"{name}/model.safetensors");
        await model.ControlPullAsync(paused: true, priority: 7, Cancelled);

        await nodes.KillAsync(planning);
        nodes.Weights.Open();

        var held = await model.UntilAsync(now => now.Nodes.Length == 2 && now.Nodes.All(node => node.Node != planning && node.IsPaused), "the pause on the nodes that are left");
        Assert.All(held.Nodes, node => Assert.True(node.BytesWanted == 0 || node.BytesDone < node.BytesWanted, $"{node.Node} fetched all"));
        await model.ControlPullAsync(paused: false, priority: null, Cancelled);
        Assert.Null((await model.UntilAsync(now => now.Phase is ModelPhase.Idle or ModelPhase.Failed, "the pull's end")).Error);
    }

    [Fact]
    public async Task Pull_WhoseFetchingNodeIsKilled_IsTakenOverByTheOthers()
    {
        await using var nodes = new ThreeNodes();
        await nodes.InitializeAsync();
        var planning = nodes.Names.Order().Last();
        var model = await nodes.NewModelOnAsync(planning);
        var name = model.GetPrimaryKeyString();
        nodes.Weights.ShutAfter(6);
        await model.DeployAsync(TwoShards, Cancelled);
        await nodes.Hub.Ledger.WhenAsync(2, request => request.Fault == Fault.Silence && request.File == $"{name}/model.safetensors");
        var first = (await model.GetAsync(Cancelled)).Deployment!;

        await nodes.KillAsync(first.Shards[0].Node);
        nodes.Weights.Open();

        var second = await model.UntilReadyAsync(after: first.Epoch);
        Assert.DoesNotContain(first.Shards[0].Node, second.Shards.Select(shard => shard.Node));
    }

    [Fact]
    public async Task Deployment_WhoseNodeIsKilled_IsReplacedWithoutBeingAsked()
    {
        await using var nodes = new ThreeNodes();
        await nodes.InitializeAsync();
        var model = await nodes.NewModelOnAsync(nodes.Names.Order().Last());
        await model.DeployAsync(TwoShards, Cancelled);
        var first = await model.UntilReadyAsync();

        await nodes.KillAsync(first.Shards[1].Node);

        var second = await model.UntilReadyAsync(after: first.Epoch);
        Assert.DoesNotContain(first.Shards[1].Node, second.Shards.Select(shard => shard.Node));
        foreach (var node in nodes.Names.Where(node => node != first.Shards[1].Node))
            Assert.All((await nodes.FactsAsync(node)).Shards, shard => Assert.Equal(second.Epoch, shard.Epoch)); // Nothing is resident twice.
    }

    [Fact]
    public async Task Deployment_WhoseGrainsNodeIsKilled_IsFoundReadyByTheNextGrain()
    {
        await using var nodes = new ThreeNodes();
        await nodes.InitializeAsync();
        var planning = nodes.Names.Order().Last();
        var model = await nodes.NewModelOnAsync(planning);
        await model.DeployAsync(TwoShards, Cancelled);
        var first = await model.UntilReadyAsync();

        await nodes.KillAsync(planning);

        // Its memory may have held the grain's record too: the nodes tell the deployment.
        Assert.Equal(first.Epoch, (await model.UntilReadyAsync()).Epoch);
        Assert.NotEqual(planning, await nodes.NodeOfAsync(model));
    }

    [Fact]
    public async Task Deployment_WhoseNodeStopsInOrder_IsReplaced_AndANewNodeIsUsedNext()
    {
        await using var nodes = new ThreeNodes();
        await nodes.InitializeAsync();
        var model = await nodes.NewModelOnAsync(nodes.Names.Order().Last());
        await model.DeployAsync(TwoShards, Cancelled);
        var first = await model.UntilReadyAsync();

        await nodes.Cluster.StopSiloAsync(nodes.Silo(first.Shards[0].Node));
        var second = await model.UntilReadyAsync(after: first.Epoch);
        Assert.DoesNotContain(first.Shards[0].Node, second.Shards.Select(shard => shard.Node));

        var joined = (await nodes.Cluster.StartAdditionalSiloAsync()).Name;
        await Task.WhenAll(nodes.Names.Select(node => UntilActiveAsync(nodes.Of<IClusterMembershipService>(node), joined))).WaitAsync(JoinPatience, Cancelled);
        await model.UnloadAsync(Cancelled);
        await model.DeployAsync(new DeployOptions { ShardCount = 3, ContextLength = 256 }, Cancelled);
        Assert.Contains(joined, (await model.UntilReadyAsync(after: second.Epoch)).Shards.Select(shard => shard.Node));
    }

    /// <summary>A silo has heard that a node is active.</summary>
    private static async Task UntilActiveAsync(IClusterMembershipService membership, string node)
    {
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(Cancelled))
            if (membership.ActiveNodes().Contains(node)) return;
        Assert.Fail($"the silo stopped before it heard of {node}");
    }

    /// <summary>The hub has given as many bytes as the weights are.</summary>
    private static async Task UntilSentAsync(ThreeNodes nodes, string model)
    {
        var file = HubNodes.Files.Single(file => file.Path == "model.safetensors");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (nodes.Hub.Ledger.BytesSent($"{model}/{file.Path}") is var sent && sent < file.ByteCount)
        {
            Assert.False(limit.IsCancellationRequested, $"the hub was never asked for more than {sent} of {file.ByteCount} bytes");
            await Task.Yield();
        }
    }

    private sealed class ThreeNodes() : HubNodes(3);
}
