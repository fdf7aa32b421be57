using Exo.Engine.Placement;
using static Exo.Tests.Engine.Placement.Toys;

namespace Exo.Tests.Engine.Placement;

/// <summary>What a node lacks of a model has to find room on its disk.</summary>
public sealed class DiskTests
{
    [Fact]
    public void Plan_FastestNodeWithoutDisk_IsNotChosen_AndThePlanSaysWhy()
    {
        var cluster = Cluster(0.3, Node("slow", 4 * Giga, 10), Node("fast", 4 * Giga, 100) with { FreeDiskByteCount = 50 * Mega });

        var plan = Plan(Model(8), cluster);

        Assert.Equal("slow 0-8", Text(plan));
        var left = Assert.Single(plan.LeftOut);
        Assert.Equal(("fast", LeftOutReason.DiskFull), (left.Node, left.Reason));
        Assert.Contains("47.68 MiB of disk to give; the smallest layer to fetch needs 95.37 MiB", left.Sentence);
    }

    [Fact]
    public void Plan_NodeWhoseDiskHasTheModel_NeedsNoRoomThere()
    {
        var cluster = Cluster(0.3, Node("slow", 4 * Giga, 10), Node("fast", 4 * Giga, 100) with { FreeDiskByteCount = 0, OnDisk = HeldLayers.All(8) });

        Assert.Equal("fast 0-8", Text(Plan(Model(8), cluster)));
    }

    [Fact]
    public void Plan_DiskForAPart_SplitsThere()
    {
        var cluster = Cluster(0.3, Node("a", 4 * Giga, 10) with { FreeDiskByteCount = 560 * Mega }, Node("b", 4 * Giga, 10) with { FreeDiskByteCount = 560 * Mega });

        var plan = Plan(Model(8), cluster);

        AssertWhole(plan, 8);
        Assert.Equal(2, plan.Shards.Count);
        Assert.All(plan.Shards, shard => Assert.InRange(shard.FetchByteCount, 1, 560 * Mega));
        Assert.Contains("lacks disk for it", plan.Reasons[0]);
    }

    [Fact]
    public void Plan_WeightsSmallerInMemoryThanOnTheDisk_NeedsTheDisksBytesThere()
    {
        var stored = Model(8);
        var model = stored with { Layers = [.. stored.Layers.Select(layer => layer with { WeightByteCount = layer.WeightByteCount / 4, DiskByteCount = layer.WeightByteCount })] };
        PlacementCluster With(long disk) => Cluster(0.3, Node("a", 1 * Giga, 10) with { FreeDiskByteCount = disk });

        Assert.Equal(900 * Mega, Assert.Single(Plan(model, With(901 * Mega)).Shards).FetchByteCount);
        Assert.Contains("disk", Planner.Plan(model, With(899 * Mega), Request()).Refusal!.Sentence);
    }

    [Fact]
    public void Plan_NoDiskAnywhere_RefusesAndSaysSo()
    {
        var refusal = Planner.Plan(Model(8), Cluster(0.3, Node("a", 4 * Giga, 10) with { FreeDiskByteCount = 250 * Mega }), Request()).Refusal!;

        Assert.Equal(2, refusal.Devices[0].LayerCount); // Layers of 100 MB, without ends.
        Assert.Contains("238.42 MiB of disk, room for ", refusal.Sentence);
        Assert.Contains("free memory and disk", refusal.Sentence);
    }
}
