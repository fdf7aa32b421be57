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
    public static PlacementRun Of(PlacementProblem problem, Preference preference, IReadOnlyList<int[]> seeds)
    {
        if (Feasibility.Chain(problem) is not { } anything)
            return new PlacementRun(new PlacementResult { Refusal = Refusals.Of(problem, context => Feasibility.Chain(problem.With(context)) is not null) }, null, null);
        var search = new PlanSearch(problem, preference);
        var (chosen, fastest) = search.Run([anything, .. seeds]);
        return new PlacementRun(new PlacementResult { Plan = new PlanReport(problem, search.Scores).Of(chosen) }, chosen, fastest);
    }
}
