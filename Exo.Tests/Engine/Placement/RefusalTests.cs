using Exo.Engine.Placement;
using static Exo.Tests.Engine.Placement.Toys;

namespace Exo.Tests.Engine.Placement;

public sealed class RefusalTests
{
    [Fact]
    public void Plan_WeightsDoNotFit_RefusesWithTheSum()
    {
        var refusal = Planner.Plan(Model(40), Cluster(0.3, Node("a", 1 * Giga, 10), Node("b", 2 * Giga, 10)), Request()).Refusal!;

        Assert.Equal(4100 * Mega, refusal.WeightByteCount);
        Assert.Equal(0, refusal.LargestContextLength);
        Assert.Equal([("a", 9), ("b", 19)], refusal.Devices.Select(room => (room.Node, room.LayerCount)));
        Assert.Contains("toy needs 3.82 GiB for weights", refusal.Sentence);
        Assert.Contains("a/cpu has 954 MiB to give".Replace("954", "953.67"), refusal.Sentence);
        Assert.Contains("add a node", refusal.Sentence);
    }

    [Fact]
    public void Plan_ContextDoesNotFit_NamesTheLongestThatDoes()
    {
        // One device: 8 layers of 100 MB, ends of 100 MB, buffers of half a megabyte; 80 MB are left for keys and values of 80 kB a position.
        var (model, cluster) = (Model(8, kvBytes: 10_000), Cluster(0.3, Node("a", 980_600_000, 10)));

        var refusal = Planner.Plan(model, cluster, Request(8192)).Refusal!;

        Assert.Equal(992, refusal.LargestContextLength); // 31 blocks of 32: a 32nd would take 81.9 MB
        Assert.Contains("With a context of 992 it fits", refusal.Sentence);
        Plan(model, cluster, Request(992));
        Assert.NotNull(Planner.Plan(model, cluster, Request(993)).Refusal);
    }

    [Fact]
    public void Plan_MarginLeavesTooLittle_Refuses()
    {
        var (model, cluster) = (Model(8), Cluster(0.3, Node("a", 1 * Giga, 10)));

        Plan(model, cluster);
        var room = Planner.Plan(model, cluster, Request() with { MarginShare = 0.2 }).Refusal!.Devices.Single();

        Assert.Equal((1 * Giga, 800 * Mega), (room.FreeByteCount, room.UsableByteCount));
    }

    [Fact]
    public void Plan_AllNodesDraining_RefusesAndSaysSo()
    {
        var refusal = Planner.Plan(Model(1), Cluster(0.3, Node("a", 1 * Giga, 10, NodeRole.Draining)), Request()).Refusal!;

        Assert.Equal(0, Assert.Single(refusal.Devices).UsableByteCount);
        Assert.Contains("No context fits", refusal.Sentence);
    }

    [Fact]
    public void Plan_OneLayerLargerThanAnyNode_Refuses()
    {
        var refusal = Planner.Plan(Model([100 * Mega, 900 * Mega]), Cluster(0.3, Node("a", 800 * Mega, 10), Node("b", 800 * Mega, 10)), Request()).Refusal!;

        Assert.True(refusal.LargestLayerByteCount > 900 * Mega);
    }

    [Theory]
    [InlineData(0, 1, "context of 0")]
    [InlineData(9000, 1, "context of 9000")]
    [InlineData(100, 0, "Sequences is 0")]
    public void Plan_FigureOutOfRange_ThrowsNamingIt(int context, int sequences, string expected) => Assert.Contains(
        expected, Assert.Throws<ArgumentException>(() => Planner.Plan(Model(1), Cluster(1, Node("a", 1, 1)), Request(context) with { Sequences = sequences })).Message);

    [Fact]
    public void Plan_NodeThatWasNotMeasured_ThrowsNamingIt() => Assert.Contains(
        "node a reads 0 bytes", Assert.Throws<ArgumentException>(() => Planner.Plan(Model(1), Cluster(1, Node("a", 1, 0)), Request())).Message);
}
