using Exo.Engine.Placement;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Placement;

/// <summary>Holds the planner to every chain and cut there is.</summary>
public sealed class PlannerBruteForceTests
{
    /// <summary>Seconds: a duration counts in tenths of microseconds.</summary>
    private const double Tick = 1.5e-7;

    /// <summary>A share: throughput is halved in on.</summary>
    private const double Halving = 1e-3;

    [Fact]
    public void Plan_AnySmallProblem_IsTheFastestThereIs() =>
        Prop.ForAll(Arb.From(RandomProblems.Make(4, 6)), problem => Check(problem)).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    [Fact]
    public void Plan_AnySmallProblemForThroughput_IsTheFastestThereIs() =>
        Prop.ForAll(Arb.From(RandomProblems.Make(3, 5, Objective.Throughput)), problem => Check(problem)).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    /// <summary>
    /// Equal layers and machines: many plans take the same time, and the later criteria decide. They are looked for among chains that are fast, not
    /// weighed in full: now and then one is missed, and never by much.
    /// </summary>
    [Fact]
    public void Plan_PlansThatTie_NearlyAlwaysTakesTheSoonestFirstTokenThenTheFewestBytes()
    {
        const int Problems = 200;
        var missed = 0;
        for (var seed = 0; seed < Problems; seed++)
        {
            var random = new Random(seed);
            var problem = RandomProblems.Make(random, random.Next(1, 4), random.Next(1, 7), Objective.Latency, held: true, even: true);
            if (Check(problem) is not { } plan) continue;
            var all = new BruteForce(problem.Model, problem.Cluster, problem.Request).All();
            var fastest = all.Where(candidate => candidate.Time <= all.Min(other => other.Time) * (1 + 1e-9)).ToList();
            var soonest = fastest.Min(candidate => candidate.FirstToken);
            Assert.True(plan.TimeToFirstToken.TotalSeconds <= soonest * 1.1 + Tick, $"{problem}: {Toys.Text(plan)} takes {plan.TimeToFirstToken.TotalSeconds} s to the first token, {soonest} is to be had");
            var least = fastest.Where(candidate => candidate.FirstToken <= soonest * (1 + 1e-9)).Min(candidate => candidate.Moved);
            if (plan.TimeToFirstToken.TotalSeconds > soonest + Tick || plan.FetchByteCount + plan.LoadByteCount > least) missed++;
        }

        Assert.True(missed <= Problems / 20, $"{missed} of {Problems} miss a later criterion");
    }

    [Fact]
    public void Plan_NodesAndLinksInAnotherOrder_IsTheSame() =>
        Prop.ForAll(Arb.From(RandomProblems.Make(4, 6, held: true)), problem =>
        {
            var turned = problem.Cluster with { Nodes = [.. problem.Cluster.Nodes.Reverse()], Links = [.. problem.Cluster.Links.Reverse()] };
            var (one, other) = (Planner.Plan(problem.Model, problem.Cluster, problem.Request), Planner.Plan(problem.Model, turned, problem.Request));
            Assert.Equal(one.Refusal?.Sentence, other.Refusal?.Sentence);
            if (one.Plan is not null) Assert.Equal(one.Plan.Reasons, other.Plan!.Reasons);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    /// <summary>The plan, checked; null where nothing fits, checked too.</summary>
    private static PlacementPlan? Check(Problem problem)
    {
        var all = new BruteForce(problem.Model, problem.Cluster, problem.Request).All();
        var result = Planner.Plan(problem.Model, problem.Cluster, problem.Request);
        if (all.Count == 0)
        {
            Assert.Null(result.Plan);
            CheckLargestContext(problem, result.Refusal!);
            return null;
        }

        Assert.Null(result.Refusal);
        var plan = result.Plan!;
        Toys.AssertWhole(plan, problem.Model.Layers.Count);
        var best = all.Min(candidate => candidate.Time);
        if (problem.Request.Objective == Objective.Latency) Assert.InRange(plan.TimePerToken.TotalSeconds, best - Tick, best + Tick);
        else Assert.InRange(1 / plan.TokensPerSecond, best * (1 - 1e-9), best * (1 + Halving));
        return plan;
    }

    private static void CheckLargestContext(Problem problem, PlacementRefusal refusal)
    {
        bool Fits(int context) => new BruteForce(problem.Model, problem.Cluster, problem.Request with { ContextLength = context }).All().Count > 0;
        Assert.False(Fits(refusal.LargestContextLength + 1));
        if (refusal.LargestContextLength > 0) Assert.True(Fits(refusal.LargestContextLength));
    }
}
