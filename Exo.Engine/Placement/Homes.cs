namespace Exo.Engine.Placement;

/// <summary>
/// Where the scheduler may sit when nobody says: with the first shard. A token then goes round a ring, which may begin on any of its nodes: all
/// nodes are tried where they are few, those that a plan without a way home leans on most otherwise.
/// </summary>
internal static class Homes
{
    /// <summary>Nodes tried where not all are.</summary>
    private const int MostTried = 3;

    /// <param name="problem">The problem, its home given or open.</param>
    /// <param name="preference">Which of equally fast plans is taken.</param>
    /// <param name="chains">Chains to be looked at besides.</param>
    public static IReadOnlyList<PlanSearch> Searches(PlacementProblem problem, Preference preference, IReadOnlyList<int[]> chains)
    {
        if (problem.Home is not null) return [new PlanSearch(problem, preference)];
        var nodes = problem.Seats.Select(seat => seat.Node.Name).Distinct().ToList();
        var effort = PlanSearch.MostEffort / nodes.Count;
        if (problem.Seats.Count <= 20 && ExactSearch.Effort(problem.Seats.Count, problem.LayerCount) <= effort)
            return [.. nodes.Select(node => new PlanSearch(problem.At(node), preference, effort))];

        var open = new PlanSearch(problem, preference).Fastest(chains).Chain;
        var leanedOn = Enumerable.Range(0, open.Count).OrderByDescending(shard => open.Ends[shard] - open.StartOf(shard)).Select(shard => problem.Seats[open.Seats[shard]].Node.Name);
        var alone = new Alone(problem).Estimates()[0];
        var tried = leanedOn.Distinct().Take(MostTried).Append(alone.TimePerToken is null ? null : alone.Node).OfType<string>().Distinct();
        return [.. tried.Select(node => new PlanSearch(problem.At(node), preference))];
    }
}
