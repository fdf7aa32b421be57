namespace Exo.Engine.Placement;

/// <summary>Other cuts of a chain that is fast already: such as spread the prompt's work more evenly, or move less.</summary>
internal sealed class CutRefiner(PlacementProblem problem, PlanScores scores, Preference preference)
{
    /// <summary>Halvings of the slowest stage's time: to a thousandth.</summary>
    private const int Halvings = 12;

    private const int MostSweeps = 4;

    private readonly Boundaries _boundaries = new(problem.LayerCount);

    /// <summary>The cut with the least slowest prefill stage that stays within the time limit; null where none does.</summary>
    /// <param name="seats">The chain.</param>
    /// <param name="limit">Seconds per token.</param>
    public Chain? Evened(int[] seats, double limit)
    {
        var prefill = scores.Prefill;
        Chain? best = null;
        var (low, high) = (0.0, seats.Max(seat => prefill.Of(seat, 0, problem.LayerCount)));
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            var costs = new Lens(1).Costs(problem, scores, (seat, from, to) => problem.Fits(seat, from, to) && StageOf(seat, from, to) <= middle);
            if (_boundaries.Best(costs, seats) is { } cut && cut.Cost <= limit) (best, high) = (cut.Chain, middle);
            else low = middle;
        }

        return best;

        // The head runs once, after the last chunk: it holds up no other.
        double StageOf(int seat, int from, int to) => prefill.Of(seat, from, to) - (to == problem.LayerCount ? prefill.Head(seat) : 0);
    }

    /// <summary>Moves one boundary at a time to where the plan is preferred most.</summary>
    public PlanScore Slid(PlanScore plan, double limit)
    {
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var before = plan;
            for (var shard = 0; shard < plan.Chain.Count - 1; shard++) plan = BestEnd(plan, shard, limit);
            if (ReferenceEquals(before, plan)) break;
        }

        return plan;
    }

    private PlanScore BestEnd(PlanScore plan, int shard, double limit)
    {
        var chain = plan.Chain;
        var (seat, next) = (chain.Seats[shard], chain.Seats[shard + 1]);
        var (from, to) = (chain.StartOf(shard), chain.Ends[shard + 1]);
        var plans = new List<PlanScore> { plan };
        for (var end = from + 1; end < to; end++)
        {
            if (end == chain.Ends[shard] || !problem.Fits(seat, from, end) || !problem.Fits(next, end, to)) continue;
            int[] ends = [.. chain.Ends];
            ends[shard] = end;
            plans.Add(scores.Of(new Chain(chain.Seats, ends)));
        }

        return preference.ChooseWithin(plans, limit, chain.Count);
    }
}
