namespace Exo.Engine.Placement;

/// <summary>One planning from the question whether anything fits to the plan's sentences.</summary>
/// <param name="Result">The plan or the refusal.</param>
/// <param name="Chosen">The plan's sums; null after a refusal.</param>
/// <param name="Fastest">The fastest plan's.</param>
internal sealed record PlacementRun(PlacementResult Result, PlanScore? Chosen, PlanScore? Fastest)
{
    /// <param name="problem">The problem.</param>
    /// <param name="preference">Which of equally fast plans is taken.</param>
    /// <param name="seeds">Chains to be looked at besides.</param>
    /// <param name="mostContext">The longest context to make room for where none was asked for.</param>
    public static PlacementRun Of(PlacementProblem problem, Preference preference, IReadOnlyList<int[]> seeds, int mostContext)
    {
        var free = problem.Request.ContextLength is null;
        if (Feasibility.Chain(problem) is not { } anything)
        {
            var refusal = Refusals.Of(problem, context => Feasibility.Chain(problem.With(context)) is not null);
            if (!free || refusal.LargestContextLength == 0) return new PlacementRun(new PlacementResult { Refusal = refusal }, null, null);
            problem = problem.With(refusal.LargestContextLength);
            anything = Feasibility.Chain(problem)!;
        }

        var search = new PlanSearch(problem, preference);
        var (chosen, fastest) = search.Run([anything, .. seeds]);
        var roomy = free ? problem.With(MostContext(problem, chosen.Chain, mostContext)) : problem;
        return new PlacementRun(new PlacementResult { Plan = new PlanReport(problem, roomy, search.Scores).Of(chosen) }, chosen, fastest);
    }

    /// <summary>The longest context that a chain, cut as it is, has room for.</summary>
    private static int MostContext(PlacementProblem problem, Chain chain, int most)
    {
        var (low, high) = (problem.Context, Math.Max(most, problem.Context) + 1);
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            var longer = problem.With(middle);
            if (Enumerable.Range(0, chain.Count).All(shard => longer.Fits(chain.Seats[shard], chain.StartOf(shard), chain.Ends[shard]))) low = middle;
            else high = middle;
        }

        return low;
    }
}
