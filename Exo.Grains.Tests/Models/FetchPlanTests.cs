using System.Collections.Immutable;
using Exo.Grains.Models;

namespace Exo.Grains.Tests.Models;

public sealed class FetchPlanTests
{
    private const int Layers = 12;

    private static readonly Dictionary<string, Uri> Mirrors = "abcd".ToDictionary(node => $"{node}", node => new Uri($"http://{node}:52415"));

    [Fact]
    public void Make_WithAHeadOfItsOwn_LetsAllBeginAtOnce()
    {
        var plan = FetchPlan.Make(Of(("a", 0, 5), ("b", 5, 12)), ModelGoal.Fetched, Layers, tiedHead: false, Mirrors, "a", []);

        Assert.Equal([("a", 0, 5), ("b", 5, 12)], plan.Select(node => (node.Node, node.Steps.Single().Order.FirstLayer, node.Steps.Single().Order.EndLayer)));
        Assert.All(plan, node => Assert.True(node.Steps.Single() is { After: null, Order.WithHead: true }));
    }

    [Fact]
    public void Make_WithATiedHead_HasTheLastNodeTakeItFromTheFirst()
    {
        var plan = FetchPlan.Make(Of(("a", 0, 4), ("b", 4, 8), ("c", 8, 12)), ModelGoal.Fetched, Layers, tiedHead: true, Mirrors, "b", []);

        var last = plan.Single(node => node.Node == "c").Steps;
        Assert.Equal([(false, null), (true, "a")], last.Select(step => (step.Order.WithHead, step.After)));
        Assert.Contains(Mirrors["a"], last[1].Order.Peers);
        Assert.Single(plan.Single(node => node.Node == "b").Steps);
    }

    [Fact]
    public void Make_WithATiedHeadAndNoMirror_AsksTheHubForBoth()
    {
        var plan = FetchPlan.Make(Of(("a", 0, 4), ("b", 4, 12)), ModelGoal.Fetched, Layers, tiedHead: true, new Dictionary<string, Uri>(), "b", []);

        Assert.All(plan, node => Assert.True(node.Steps.Single() is { After: null, Order: { WithHead: true, Peers.Length: 0 } }));
    }

    [Fact]
    public void Make_OnOneNode_IsOneOrderForAll()
    {
        var plan = FetchPlan.Make(Of(("a", 0, 6), ("a", 6, 12)), ModelGoal.Fetched, Layers, tiedHead: true, Mirrors, "b", []);

        var order = plan.Single().Steps.Single().Order;
        Assert.Equal((0, 12, true, true), (order.FirstLayer, order.EndLayer, order.WithHead, order.IsWhole)); // Nobody has any of it, so that it goes into the shared cache.
        Assert.Equal([Mirrors["b"]], order.Peers); // The headers are there.
    }

    [Fact]
    public void Make_OnTheNodeThatPlanned_NamesItself_WhichHasTheHeaders()
    {
        var plan = FetchPlan.Make(Of(("a", 0, 12)), ModelGoal.Fetched, Layers, tiedHead: true, Mirrors, "a", []);

        var order = plan.Single().Steps.Single().Order;
        Assert.True(order.IsWhole);
        Assert.Equal([Mirrors["a"]], order.Peers);
    }

    [Fact]
    public void Make_OnOneNode_WhereOthersHaveLayers_TakesThemAsASlice()
    {
        var plan = FetchPlan.Make(Of(("a", 0, 12)), ModelGoal.Fetched, Layers, tiedHead: true, Mirrors, "b", ["a", "d"]);

        var order = plan.Single().Steps.Single().Order;
        Assert.False(order.IsWhole);
        Assert.Contains(Mirrors["d"], order.Peers);
    }

    [Fact]
    public void Make_NamesEveryoneWhoHoldsSomething_AndNobodyItself()
    {
        var plan = FetchPlan.Make(Of(("a", 0, 6), ("b", 6, 12)), ModelGoal.Fetched, Layers, tiedHead: false, Mirrors, "a", ["d"]);

        Assert.Equal(["b", "d"], plan[0].Steps[0].Order.Peers.Select(peer => peer.Host).Order());
        Assert.Equal(["a", "d"], plan[1].Steps[0].Order.Peers.Select(peer => peer.Host).Order());
    }

    [Fact]
    public void Make_WithSeparateRangesOnANode_GivesItOneOrderAfterTheOther()
    {
        var plan = FetchPlan.Make(Of(("a", 0, 3), ("b", 3, 6), ("a", 6, 12)), ModelGoal.Fetched, Layers, tiedHead: true, Mirrors, "b", []);

        Assert.Equal([(0, 3), (6, 12)], plan[0].Steps.Select(step => (step.Order.FirstLayer, step.Order.EndLayer)));
        Assert.All(plan[0].Steps, step => Assert.True(step.Order.WithHead)); // The embedding is its own.
    }

    private static Deployment Of(params (string Node, int First, int End)[] shards) => new()
    {
        Model = "org/model",
        Epoch = 1,
        Commit = new string('c', 40),
        ContextLength = 64,
        MaxSequences = 1,
        KvBlockCount = 2,
        Shards = [.. shards.Select(shard => new ShardPlace(shard.Node, "cpu", shard.First, shard.End))],
    };
}
