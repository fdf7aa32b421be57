namespace Exo.Engine.Placement;

/// <summary>
/// Plans by tokens a second over all sequences. For each number of shards the micro-batches' size is fixed, and the time between two of them is
/// halved in on: it can be had where a chain exists whose stages all keep it and whose round trip keeps it times the micro-batches in flight.
/// </summary>
internal sealed class ThroughputSearch(PlacementProblem problem, PlanScores scores, ChainFinder finder)
{
    /// <summary>Steps for all halvings together.</summary>
    private const double MostEffort = 2e8;

    private const int Halvings = 16;

    private readonly Boundaries _boundaries = new(problem.LayerCount);

    public IReadOnlyList<PlanScore> Plans(IReadOnlyList<int[]> seeds)
    {
        var mostShards = Math.Min(problem.Seats.Count, problem.LayerCount);
        var effort = ExactSearch.Effort(problem.Seats.Count, problem.LayerCount) * mostShards * Halvings;
        return finder.IsExact && effort <= MostEffort ? Exact(mostShards) : Grown(seeds);
    }

    private List<PlanScore> Exact(int mostShards)
    {
        var plans = new List<PlanScore>();
        for (var shards = 1; shards <= mostShards; shards++)
        {
            var count = shards;
            if (Halve(shards, (costs, limit) => new ExactSearch(costs).Cheapest(limit, (count, count), 1) is [var found] ? found.Chain : null) is { } best) plans.Add(scores.Of(best));
        }

        return plans;
    }

    /// <summary>Begins with chains that are fast for one sequence and takes the first neighbour that is better, until none is or the effort is spent.</summary>
    private List<PlanScore> Grown(IReadOnlyList<int[]> seeds)
    {
        var plans = finder.Plans(new Lens(1), seeds, 8).Select(plan => Cut(plan.Chain.Seats) ?? plan).ToList();
        if (plans.Count == 0) return plans;
        var best = Preference.Fastest(plans);
        var left = MostEffort;
        while (Better(best, ref left) is { } better) best = better;
        return [.. plans, best];
    }

    private PlanScore? Better(PlanScore best, ref double left)
    {
        foreach (var neighbour in ChainNeighbours.Of(best.Chain.Seats, problem.Seats.Count))
        {
            if (neighbour.Count > problem.LayerCount) continue;
            left -= (double)neighbour.Count * problem.LayerCount * Halvings * 4;
            if (left < 0) return null;
            if (Cut([.. neighbour]) is { } plan && plan.Time < best.Time * (1 - 1e-9)) return plan;
        }

        return null;
    }

    /// <summary>A chain's best cut; null where none is allowed.</summary>
    private PlanScore? Cut(int[] seats) =>
        Halve(seats.Length, (costs, limit) => _boundaries.Best(costs, seats) is { } cut && cut.Cost <= limit ? cut.Chain : null) is { } chain ? scores.Of(chain) : null;

    /// <param name="shards">How many shards.</param>
    /// <param name="find">A chain within the costs whose round trip is at most the limit.</param>
    private Chain? Halve(int shards, Func<ChainCosts, double, Chain?> find)
    {
        var (batches, size) = MicroBatches.Of(shards, problem.Request.Sequences);
        if (find(new Lens(size).Costs(problem, scores), double.PositiveInfinity) is not { } best) return null;
        var times = problem.Decoding(size);
        var (low, high) = (0.0, Interval(best));
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            var costs = new Lens(size).Costs(problem, scores, (seat, from, to) => problem.Fits(seat, from, to) && times.Of(seat, from, to) <= middle);
            for (var from = 0; from < problem.Seats.Count; from++)
                for (var to = 0; to < problem.Seats.Count; to++)
                    if (problem.HopOccupancy(from, to, size) > middle) costs.Hop[from, to] = double.PositiveInfinity;
            if (find(costs, batches * middle) is { } chain) (best, high) = (chain, Math.Min(middle, Interval(chain)));
            else low = middle;
        }

        return best;

        // Between two micro-batches.
        double Interval(Chain chain) => scores.Throughput(chain) * problem.Request.Sequences / batches;
    }
}
