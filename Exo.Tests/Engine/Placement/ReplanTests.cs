using Exo.Engine.Models;
using Exo.Engine.Placement;
using static Exo.Tests.Engine.Placement.Toys;

namespace Exo.Tests.Engine.Placement;

public sealed class ReplanTests
{
    private static readonly ModelCost Thirty = Model(30);

    private static PlacementCluster Three(double speedOfA = 10) => Cluster(0.3, Node("a", 2500 * Mega, speedOfA), Node("b", 2500 * Mega, 10), Node("c", 2500 * Mega, 10)) with { Home = "elsewhere" };

    [Fact]
    public void Replan_MiddleNodeLost_SurvivorsKeepWhatTheyHave()
    {
        var old = Old(("a", 0, 10), ("b", 10, 20), ("c", 20, 30));

        var replacement = Planner.Replan(Thirty, Three(), Request(), old, ["b"]);

        Assert.Equal(["a", "c"], replacement.Result.Plan!.Shards.Select(shard => shard.Node));
        Assert.Equal([new LayerRange(0, 10)], replacement.Changes[0].Kept);
        Assert.Equal([new LayerRange(20, 30)], replacement.Changes[1].Kept);
        Assert.Equal(10, replacement.Changes.Sum(change => change.Missing.Sum(range => range.Count)));
        Assert.Equal(1000 * Mega, replacement.Result.Plan.LoadByteCount); // the lost ten layers and nothing else
        Assert.False(replacement.Changes[0].MissesEmbedding);
        Assert.False(replacement.Changes[1].MissesHead);
    }

    [Fact]
    public void Replan_FirstNodeLost_OnlyItsPartMoves()
    {
        var old = Old(("a", 0, 10), ("b", 10, 20), ("c", 20, 30));

        var replacement = Planner.Replan(Thirty, Three(), Request(), old, ["a"]);

        Assert.Equal(["b", "c"], replacement.Result.Plan!.Shards.Select(shard => shard.Node));
        Assert.True(replacement.Changes[0].MissesEmbedding);
        Assert.Equal(1000 * Mega + 50 * Mega, replacement.Result.Plan.LoadByteCount); // ten layers and the embedding
    }

    [Fact]
    public void Replan_FasterPlanBeyondTheTolerance_IsTakenAndMovesMore()
    {
        // c holds the end, a is five times faster: to keep c's ten layers costs more than a tenth.
        var old = Old(("a", 0, 10), ("b", 10, 20), ("c", 20, 30));

        var kept = Planner.Replan(Thirty, Three(speedOfA: 50), Request(), old, ["b"], tolerance: 1);
        var fast = Planner.Replan(Thirty, Three(speedOfA: 50), Request(), old, ["b"], tolerance: 0.02);

        Assert.Equal(1000 * Mega, kept.Result.Plan!.LoadByteCount);
        Assert.True(fast.Result.Plan!.LoadByteCount >= 1000 * Mega);
        Assert.True(fast.Result.Plan.TimePerToken <= fast.FastestTimePerToken * 1.0201);
        Assert.True(kept.Result.Plan.TimePerToken > fast.Result.Plan.TimePerToken);
    }

    [Fact]
    public void Replan_SpareNodeWithTheLostLayersOnDisk_FetchesNothing()
    {
        var old = Old(("a", 0, 10), ("b", 10, 20), ("c", 20, 30));
        var cluster = Cluster(0.3, Node("a", 1100 * Mega, 10), Node("c", 1100 * Mega, 10), Node("d", 1100 * Mega, 10), Node("e", 1100 * Mega, 10) with { OnDisk = HeldLayers.All(30) }) with { Home = "elsewhere" };

        var replacement = Planner.Replan(Thirty, cluster, Request(), old, ["b"]);

        Assert.Equal("a 0-10, e 10-20, c 20-30", Text(replacement.Result.Plan!));
        Assert.Equal(0, replacement.Result.Plan!.FetchByteCount);
        var change = replacement.Changes[1];
        Assert.Null(change.Before);
        Assert.Equal([new LayerRange(10, 20)], change.Missing);
        Assert.Empty(change.ToFetch);
    }

    [Fact]
    public void Replan_SurvivorsCannotHoldIt_Refuses()
    {
        var old = Old(("a", 0, 10), ("b", 10, 20), ("c", 20, 30));

        var replacement = Planner.Replan(Thirty, Three(), Request(), old, ["a", "b"]);

        Assert.NotNull(replacement.Result.Refusal);
        Assert.Empty(replacement.Changes);
    }

    /// <summary>Every loss of many small clusters: always within the tolerance, nearly always the fewest bytes there are within it.</summary>
    [Fact]
    public void Replan_AnyLoss_KeepsTheToleranceAndMovesNearlyAlwaysTheLeast()
    {
        var (missed, total) = (0, 0);
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var problem = RandomProblems.Make(random, random.Next(1, 5), random.Next(1, 7), Objective.Latency, held: false, even: false);
            if (Planner.Plan(problem.Model, problem.Cluster, problem.Request).Plan is not { } old) continue;
            foreach (var dead in old.Shards.Select(shard => shard.Node).Distinct())
            {
                total++;
                if (!MovesTheLeast(problem, old, dead)) missed++;
            }
        }

        Assert.True(missed <= total / 20, $"{missed} of {total} move more than they need to");
    }

    private static bool MovesTheLeast(Problem problem, PlacementPlan old, string dead)
    {
        var replacement = Planner.Replan(problem.Model, problem.Cluster, problem.Request, old, [dead], 0.2);
        var survivors = problem.Cluster with { Nodes = [.. problem.Cluster.Nodes.Where(node => node.Name != dead).Select(node => Holding(node, old, problem.Model.Layers.Count))] };
        var all = new BruteForce(problem.Model, survivors, problem.Request).All();
        Assert.Equal(all.Count == 0, replacement.Result.Refusal is not null);
        if (replacement.Result.Plan is not { } plan) return true;

        AssertWhole(plan, problem.Model.Layers.Count);
        Assert.DoesNotContain(plan.Shards, shard => shard.Node == dead);
        var fastest = all.Min(candidate => candidate.Time);
        Assert.InRange(replacement.FastestTimePerToken!.Value.TotalSeconds, fastest - 1e-6, fastest + 1e-6);
        Assert.True(plan.TimePerToken.TotalSeconds <= fastest * 1.2 + 1e-6, $"{Text(plan)}: {plan.TimePerToken}, {fastest} s is to be had");
        if (problem.Model.TiedHead) return true; // the brute force counts both ends
        var shards = all.Where(candidate => candidate.Time <= fastest * (1 + 1e-9)).Min(candidate => candidate.Shards.Count);
        return plan.FetchByteCount + plan.LoadByteCount <= all.Where(candidate => candidate.Time <= fastest * 1.2 && candidate.Shards.Count <= shards).Min(candidate => candidate.Moved);
    }

    private static PlacementNode Holding(PlacementNode node, PlacementPlan old, int layers) => node with
    {
        Devices = [.. node.Devices.Select(device => old.Shards.FirstOrDefault(shard => shard.Node == node.Name && shard.Device == device.Name) is { } shard ? device with { Resident = HeldLayers.Of(shard.Layers, layers) } : device)],
    };

    /// <summary>A plan in which only the ranges are looked at.</summary>
    private static PlacementPlan Old(params (string Node, int Start, int End)[] shards)
    {
        var any = Plan(Thirty, Cluster(0.1, Node("any", 9 * Giga, 10)));
        return any with { Shards = [.. shards.Select(shard => any.Shards[0] with { Node = shard.Node, Layers = new LayerRange(shard.Start, shard.End) })] };
    }
}
