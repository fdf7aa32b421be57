using Exo.Engine.Placement;
using static Exo.Tests.Engine.Placement.Toys;

namespace Exo.Tests.Engine.Placement;

/// <summary>Plans that can be followed by hand.</summary>
public sealed class PlannerTests
{
    [Fact]
    public void Plan_OneNodeIsFaster_IsNeverSplit()
    {
        // Both hold it; half on the other node would save nothing and cost two hops.
        var plan = Plan(Model(16), Cluster(0.4, Node("a", 4 * Giga, 10), Node("b", 4 * Giga, 10)));

        Assert.Equal("a 0-16", Text(plan));
        var left = Assert.Single(plan.LeftOut);
        Assert.Equal(LeftOutReason.Slower, left.Reason);
        Assert.True(left.AddedHops > left.SavedCompute);
        Assert.Contains("Adding b costs", left.Sentence);
        Assert.Contains("a alone runs all of toy", plan.Reasons[0]);
    }

    [Fact]
    public void Plan_FasterNodeBehindASlowLine_IsLeftOutWithTheSum()
    {
        // Two layers and the head, 250 of 450 MB, at twice the speed save 12.5 ms; both hops cost 30.
        var plan = Plan(Model(4), Cluster(15, Node("a", 4 * Giga, 10), Node("b", 260 * Mega, 20)));

        Assert.Equal("a 0-4", Text(plan));
        var left = Assert.Single(plan.LeftOut);
        Assert.Equal(LeftOutReason.Slower, left.Reason);
        Assert.Equal(30, left.AddedHops!.Value.TotalMilliseconds, 0.1);
        Assert.Equal(12.5, left.SavedCompute!.Value.TotalMilliseconds, 0.3); // and two megabytes of keys and values
    }

    [Fact]
    public void Plan_FasterNodeOnAFastLine_GetsAsManyLayersAsItHolds()
    {
        var plan = Plan(Model(10), Cluster(0.2, Node("a", 4 * Giga, 5), Node("b", 460 * Mega, 50)));

        Assert.Equal(2, plan.Shards.Count);
        Assert.Equal(4, plan.Shards.Single(shard => shard.Node == "b").Layers.Count);
        Assert.Contains("A split over 2 devices is faster than any alone", plan.Reasons[0]);
    }

    /// <summary>Links that are not symmetric decide the order.</summary>
    [Fact]
    public void Plan_LineSlowInOneDirection_GoesTheOtherWay()
    {
        LinkSpeed fast = new(TimeSpan.FromMilliseconds(0.1), 1e9), slow = new(TimeSpan.FromMilliseconds(9), 1e9);
        var cluster = Cluster(0.1, Node("a", 600 * Mega, 10), Node("b", 600 * Mega, 10)) with
        {
            Home = "elsewhere",
            Links = [new("a", "b", slow), new("b", "a", fast)],
        };

        Assert.Equal(["b", "a"], Plan(Model(8), cluster).Shards.Select(shard => shard.Node));
    }

    /// <summary>The five machines of exo's issue 957, where the smallest has the most bandwidth for its memory.</summary>
    [Fact]
    public void Plan_MachinesWhoseMemorySaysNothingOfTheirSpeed_GoesByBandwidth()
    {
        var cluster = Cluster(0.3, Node("laptop", 32 * Giga, 264.4), Node("studio-a", 90 * Giga, 344), Node("studio-b", 60 * Giga, 308.7), Node("studio-c", 90 * Giga, 351.2), Node("studio-d", 32 * Giga, 177.6));
        var request = Request() with { MarginShare = 0.1 };

        // 40 GB fit on the fastest alone; 200 GB need three: the slowest two are never among them.
        Assert.Equal("studio-c 0-40", Text(Plan(Model(40, 1 * Giga), cluster, request)));
        Assert.Equal(["studio-a", "studio-b", "studio-c"], Plan(Model(40, 5 * Giga), cluster, request).Shards.Select(shard => shard.Node).Order());
    }

    [Fact]
    public void Plan_EqualNodesThatAreBothNeeded_SharesThePromptEvenly()
    {
        var plan = Plan(Model(16), Cluster(0.3, Node("a", 1300 * Mega, 10), Node("b", 1300 * Mega, 10)), Request() with { PromptLength = 4096 });

        Assert.Equal("a 0-8, b 8-16", Text(plan));
    }

    [Fact]
    public void Plan_DrainingNode_GetsNothingAndIsNamed()
    {
        var plan = Plan(Model(4), Cluster(0.3, Node("a", 4 * Giga, 5), Node("b", 4 * Giga, 50, NodeRole.Draining)));

        Assert.Equal("a 0-4", Text(plan));
        Assert.Equal(LeftOutReason.Draining, Assert.Single(plan.LeftOut).Reason);
    }

    [Theory]
    [InlineData(0.0, "a")]
    [InlineData(0.05, "b")]
    public void Plan_PreferredNodeWithinTheTolerance_IsTaken(double tolerance, string expected)
    {
        var cluster = Cluster(0.1, Node("a", 4 * Giga, 10), Node("b", 4 * Giga, 9.8, NodeRole.Preferred)) with { Home = "elsewhere" };

        Assert.Equal(expected, Plan(Model(16), cluster, Request() with { Tolerance = tolerance }).Shards.Single().Node);
    }

    [Fact]
    public void Plan_NodeThatHasTheModelOnDisk_IsTakenBeforeAnEqualOne()
    {
        var cluster = Cluster(0.1, Node("a", 4 * Giga, 10), Node("b", 4 * Giga, 10) with { OnDisk = HeldLayers.All(16) }) with { Home = "elsewhere" };

        var plan = Plan(Model(16), cluster);

        Assert.Equal("b 0-16", Text(plan));
        Assert.Equal(0, plan.FetchByteCount);
        Assert.Equal(Model(16).WeightByteCount, plan.LoadByteCount);
    }

    [Fact]
    public void Plan_TiedHead_CountsTheEmbeddingAtBothEndsOfASplitAndOnceOtherwise()
    {
        var model = Model(4, tied: true);

        Assert.Equal(450 * Mega, Plan(model, Cluster(1, Node("a", 2 * Giga, 10))).Shards.Sum(shard => shard.WeightByteCount));
        Assert.Equal(500 * Mega, Plan(model, Cluster(1, Node("a", 300 * Mega, 10), Node("b", 300 * Mega, 10))).Shards.Sum(shard => shard.WeightByteCount));
    }

    [Fact]
    public void Plan_ManySequences_LeavesRoomForAllOfThem()
    {
        // A sequence of 1,024 positions keeps 1 MB a layer: 100 sequences double the layer.
        var (model, cluster) = (Model(8), Cluster(0.3, Node("a", 1000 * Mega, 10), Node("b", 1000 * Mega, 9)));

        Assert.Single(Plan(model, cluster).Shards);
        var plan = Plan(model, cluster, Request() with { Sequences = 100 });
        Assert.Equal(2, plan.Shards.Count);
        AssertWhole(plan, 8);
    }

    [Fact]
    public void Plan_ComputeBoundBatches_SplitForThroughputAndNotForLatency()
    {
        // 64 sequences: 64 · 100 M operations a layer at 100 G/s are six times the reading.
        var (model, cluster) = (Model(8), Cluster(0.1, Node("a", 9 * Giga, 10), Node("b", 9 * Giga, 10)));
        var request = Request() with { Sequences = 64 };

        Assert.Single(Plan(model, cluster, request).Shards);
        var plan = Plan(model, cluster, request with { Objective = Objective.Throughput });
        Assert.Equal(2, plan.Shards.Count);
        Assert.Equal(4, plan.Shards[0].Layers.Count);
        Assert.True(plan.TokensPerSecond > 1.5 * Plan(model, cluster, request).TokensPerSecond);
    }

    [Fact]
    public void Plan_TwoDevicesOfANode_HandOverWithinIt()
    {
        var node = Node("a", 0, 1) with { Devices = [Device("cuda:0", 600 * Mega, 100), Device("cuda:1", 600 * Mega, 100)] };

        var plan = Plan(Model(8), Cluster(50, node));

        Assert.Equal(["cuda:0", "cuda:1"], plan.Shards.Select(shard => shard.Device));
        Assert.True(plan.Shards[0].HopToNext < TimeSpan.FromMilliseconds(0.1), $"{plan.Shards[0].HopToNext}");
    }

    [Fact]
    public void Plan_NoContextAskedFor_PlansForTheUsualOneAndGivesWhatThereIsRoomFor()
    {
        var model = Model(8, kvBytes: 10_000) with { ContextLength = 131_072 };
        var request = Request() with { ContextLength = null };

        var plan = Plan(model, Cluster(0.3, Node("a", 3 * Giga, 10)), request);
        Assert.Equal(4096, plan.TimedContextLength);
        Assert.Equal(26_240, plan.ContextLength); // 2.1 GB at 80 kB a position, in whole blocks
        AssertWhole(plan, 8);
        Assert.Contains("room for a context of 26,240", string.Join(' ', plan.Reasons));

        Assert.Equal(131_072, Plan(model, Cluster(0.3, Node("a", 30 * Giga, 10)), request).ContextLength);
        Assert.Equal(992, Plan(model, Cluster(0.3, Node("a", 980_600_000, 10)), request).ContextLength);
    }

    /// <summary>A ring of three: only one way round is fast, and the scheduler sits where it begins.</summary>
    [Fact]
    public void Plan_HomeLeftOpen_GoesRoundTheFastWayAndSitsWithTheFirstShard()
    {
        LinkSpeed fast = new(TimeSpan.FromMilliseconds(0.1), 1e9);
        var cluster = Cluster(9, Node("a", 400 * Mega, 10), Node("b", 400 * Mega, 10), Node("c", 400 * Mega, 10)) with
        {
            Home = null,
            Links = [new("a", "c", fast), new("c", "b", fast), new("b", "a", fast)],
        };

        var plan = Plan(Model(9), cluster);

        Assert.Contains(string.Concat(plan.Shards.Select(shard => shard.Node)), new[] { "acb", "cba", "bac" });
        Assert.Equal(plan.Shards[0].Node, plan.Home);
        Assert.True(plan.ReturnHop < TimeSpan.FromMilliseconds(1), $"{plan.ReturnHop}");
    }
}
