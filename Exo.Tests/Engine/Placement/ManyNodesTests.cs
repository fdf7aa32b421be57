using System.Diagnostics;
using System.Runtime.InteropServices;
using Exo.Engine.Placement;
using static Exo.Tests.Engine.Placement.Toys;

namespace Exo.Tests.Engine.Placement;

/// <summary>Where weighing every subset is out of the question.</summary>
public sealed class ManyNodesTests(ITestOutputHelper output)
{
    private const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID

    private const int MostRuns = 20;

    private static readonly TimeSpan Bar = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1.2, false)]
    [InlineData(0.3, false)]
    [InlineData(0.05, false)]
    [InlineData(0.012, false)]
    [InlineData(0.05, true)]
    public void Plan_ThousandLayersHundredNodes_TakesLessThanASecond(double roomShare, bool openHome)
    {
        var (model, cluster) = (Model(1000), Rack(100, 1000 * 100 * Mega, roomShare, seed: 7));
        if (openHome) cluster = cluster with { Home = null };
        var (plan, elapsed) = Fastest(() => Plan(model, cluster, Request() with { PromptLength = 2048, Tolerance = 0.02 }));

        output.WriteLine($"rooms of {roomShare}: {plan.Shards.Count} shards, {plan.TimePerToken.TotalMilliseconds:0.00} ms a token, planned in {elapsed.TotalMilliseconds:0} ms");
        AssertWhole(plan, 1000);
        Assert.True(elapsed < Bar, $"planning took {elapsed}");
    }

    [Fact]
    public void Plan_ThousandLayersHundredNodesThatDoNotFit_RefusesWithinASecond()
    {
        var (model, cluster) = (Model(1000), Rack(100, 1000 * 100 * Mega, 0.006, seed: 7));
        var (refusal, elapsed) = Fastest(() => Planner.Plan(model, cluster, Request(8192)).Refusal);

        Assert.NotNull(refusal);
        Assert.Equal(100, refusal.Devices.Count);
        Assert.Contains("92 more have", refusal.Sentence);
        Assert.True(elapsed < Bar, $"refusing took {elapsed}");
    }

    /// <summary>The search for many seats, held to the exact one where both can be had.</summary>
    [Fact]
    public void Search_ForManySeats_IsCloseToTheExactOne()
    {
        var (worst, differing, total) = (1.0, 0, 0);
        for (var seed = 0; seed < 150; seed++)
        {
            var problem = new PlacementProblem(Model(24), Rack(8, 24 * 100 * Mega, new[] { 1.2, 0.45, 0.25, 0.17 }[seed % 4], seed), Request() with { PromptLength = 1 }, 1024);
            if (Feasibility.Chain(problem) is not { } seats) continue;
            var exact = new PlanSearch(problem, new Preference(0, false)).Fastest([seats]).Time;
            var near = new PlanSearch(problem, new Preference(0, false), mostEffort: ExactSearch.Effort(4, 24)).Fastest([seats]).Time;
            total++;
            if (near > exact * (1 + 1e-9)) differing++;
            worst = Math.Max(worst, near / exact);
        }

        output.WriteLine($"{total} problems, {differing} not exact, the worst {worst:0.0000} of the best");
        Assert.True(worst < 1.02, $"the worst is {worst} times the best");
        Assert.True(differing < total / 8, $"{differing} of {total} are not the best");
    }

    /// <summary>
    /// The best of three, and of a thread's own time where the system counts it; of more where that is over the bar. Beside busy neighbours the compiler's
    /// own thread gets round to the fast code late: three runs may all be of the slow one.
    /// </summary>
    private static (T Result, TimeSpan Elapsed) Fastest<T>(Func<T> work)
    {
        var best = TimeSpan.MaxValue;
        T result = default!;
        for (var i = 0; i < 3 || i < MostRuns && best >= Bar; i++)
        {
            var start = ThreadTime();
            result = work();
            best = new[] { best, ThreadTime() - start }.Min();
        }

        return (result, best);
    }

    /// <summary>What this thread has had of the processor; what has passed on other systems than Linux.</summary>
    private static TimeSpan ThreadTime()
    {
        var time = new long[2]; // seconds, nanoseconds
        return OperatingSystem.IsLinux() && clock_gettime(ThreadClock, time) == 0
            ? TimeSpan.FromSeconds(time[0]) + TimeSpan.FromTicks(time[1] / 100)
            : Stopwatch.GetElapsedTime(0);
    }

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, [Out] long[] time);

    /// <summary>Machines of some makes, lines of some kinds, each rack's own switch faster than the way between racks.</summary>
    private static PlacementCluster Rack(int nodes, long modelBytes, double roomShare, int seed)
    {
        var random = new Random(seed);
        var machines = Enumerable.Range(0, nodes).Select(i => Node($"n{i:00}", (long)(modelBytes * roomShare * (0.6 + 0.8 * random.NextDouble())), new[] { 20, 50, 100, 400 }[random.Next(4)] * (0.9 + 0.2 * random.NextDouble()))).ToArray();
        var links = from a in Enumerable.Range(0, nodes)
                    from b in Enumerable.Range(0, nodes)
                    where a != b
                    select new PlacementLink(machines[a].Name, machines[b].Name, new LinkSpeed(TimeSpan.FromMilliseconds((a % 5 == b % 5 ? 0.1 : 0.4) * (0.8 + 0.4 * random.NextDouble())), 1e9));
        return new PlacementCluster { Nodes = machines, Links = [.. links], Home = machines[0].Name };
    }
}
