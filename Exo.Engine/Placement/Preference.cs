namespace Exo.Engine.Placement;

/// <summary>Which of several plans is taken. Figures within a tolerance count as equal, because they were measured.</summary>
/// <param name="Tolerance">The share by which a plan may be slower than the fastest.</param>
/// <param name="MovedFirst">What moves fewest bytes is taken before what answers soonest: after a loss.</param>
internal sealed record Preference(double Tolerance, bool MovedFirst)
{
    /// <summary>What sums in another order may differ by.</summary>
    private const double Rounding = 1e-9;

    /// <summary>The longest time a plan may take.</summary>
    public double Limit(double fastest) => fastest * (1 + Math.Max(Tolerance, Rounding));

    /// <summary>The one to take: not slower than the limit, with no more shards than the fastest has, by the criteria in their order.</summary>
    public PlanScore Choose(IReadOnlyList<PlanScore> plans)
    {
        var fastest = Fastest(plans);
        return ChooseWithin(plans, Limit(fastest.Time), fastest.Chain.Count);
    }

    /// <summary>The least time, with as few shards as have it.</summary>
    public static PlanScore Fastest(IReadOnlyList<PlanScore> plans)
    {
        var least = plans.Min(plan => plan.Time);
        var left = plans.Where(plan => plan.Time <= least * (1 + Rounding)).ToList();
        Keep(left, plan => plan.Chain.Count, 0);
        return left.Aggregate((a, b) => b.Chain.CompareTo(a.Chain) < 0 ? b : a);
    }

    /// <param name="plans">At least one within the limits.</param>
    /// <param name="limit">Seconds.</param>
    /// <param name="mostShards">Splitting more than the fastest is never worth it.</param>
    public PlanScore ChooseWithin(IReadOnlyList<PlanScore> plans, double limit, int mostShards)
    {
        var left = plans.Where(plan => plan.Time <= limit && plan.Chain.Count <= mostShards).ToList();
        Keep(left, plan => plan.OffPreferred, 0);
        if (MovedFirst) Keep(left, plan => plan.Moved, 0);
        Keep(left, plan => plan.FirstToken, Math.Max(Tolerance, Rounding));
        Keep(left, plan => plan.Moved, 0);
        Keep(left, plan => plan.Chain.Count, 0);
        Keep(left, plan => plan.Time, Rounding);
        Keep(left, plan => plan.FirstToken, Rounding);
        return left.Aggregate((a, b) => b.Chain.CompareTo(a.Chain) < 0 ? b : a);
    }

    private static void Keep(List<PlanScore> plans, Func<PlanScore, double> figure, double tolerance)
    {
        if (plans.Count <= 1) return;
        var limit = plans.Min(figure);
        limit += Math.Abs(limit) * tolerance;
        plans.RemoveAll(plan => figure(plan) > limit);
    }
}
