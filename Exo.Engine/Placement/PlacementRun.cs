namespace Exo.Engine.Placement;

/// <summary>One planning from the question whether anything fits to the plan's sentences.</summary>
/// <param name="Result">The plan or the refusal.</param>
/// <param name="Chosen">The plan's sums; null after a refusal.</param>
/// <param name="Fastest">The fastest plan's.</param>
/// <param name="FastestTrip">Seconds that one token takes in the fastest plan.</param>
internal sealed record PlacementRun(PlacementResult Result, PlanScore? Chosen, PlanScore? Fastest, double FastestTrip)
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
            if (!free || refusal.LargestContextLength == 0) return new PlacementRun(new PlacementResult { Refusal = refusal }, null, null, 0);
            problem = problem.With(refusal.LargestContextLength);
            anything = Feasibility.Chain(problem)!;
        }

        // 1. The fastest plan, wherever the scheduler may sit.
        IReadOnlyList<int[]> chains = [anything, .. seeds];
        var searches = Homes.Searches(problem, preference, chains);
        var found = searches.Select(search => (Search: search, Fastest: search.Fastest(chains))).ToList();
        var fastest = Preference.Fastest([.. found.Select(plan => plan.Fastest)]);

        // 2. Of those as fast, the one preferred.
        var limit = preference.Limit(fastest.Time);
        var choices = found.Where(plan => plan.Fastest.Time <= limit && plan.Fastest.Chain.Count <= fastest.Chain.Count)
            .Select(plan => (plan.Search, Chosen: plan.Search.Choose(limit, fastest))).ToList();
        var chosen = preference.ChooseWithin([.. choices.Select(choice => choice.Chosen)], limit, fastest.Chain.Count);
        var search = choices.First(choice => ReferenceEquals(choice.Chosen, chosen)).Search;

        // 3. As much context as it has room for, and its sentences.
        var roomy = free ? problem.With(MostContext(problem, chosen.Chain, mostContext)) : problem;
        var plan = new PlanReport(search.Problem, roomy, search.Scores).Of(chosen);
        var trip = found.First(plan => ReferenceEquals(plan.Fastest, fastest)).Search.Scores.RoundTrip(fastest.Chain, 1);
        return new PlacementRun(new PlacementResult { Plan = plan }, chosen, fastest, trip);
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
