namespace Exo.Engine.Placement;

/// <summary>
/// Finds the plan: the fastest one first, exactly where the seats are few, then among those that are as fast within the tolerance the one preferred.
/// </summary>
internal sealed class PlanSearch
{
    /// <summary>Steps up to which the exact search is taken: some hundredths of a second. Ten seats at a hundred layers.</summary>
    internal const double MostEffort = 1.05e7;

    /// <summary>Chains that are looked at closer, and the seats times layers of all of them.</summary>
    private const int MostChains = 48, MostCuts = 400_000;

    private readonly PlacementProblem _problem;
    private readonly PlanScores _scores;
    private readonly Preference _preference;
    private readonly bool _exact;
    private readonly ChainFinder _finder;
    private IReadOnlyList<int[]> _seeds = [];
    private IReadOnlyList<PlanScore> _plans = [];

    /// <param name="problem">The problem.</param>
    /// <param name="preference">Which of equally fast plans is taken.</param>
    /// <param name="mostEffort">Steps up to which the search is exact.</param>
    public PlanSearch(PlacementProblem problem, Preference preference, double mostEffort = MostEffort)
    {
        (_problem, _preference, _scores) = (problem, preference, new PlanScores(problem));
        _exact = problem.Seats.Count <= 20 && ExactSearch.Effort(problem.Seats.Count, problem.LayerCount) <= mostEffort;
        _finder = new ChainFinder(problem, _scores, _exact, mostEffort);
    }

    public PlacementProblem Problem => _problem;

    public PlanScores Scores => _scores;

    /// <summary>The fastest plan.</summary>
    /// <param name="seeds">Chains to be looked at besides, one of them possible: something fits.</param>
    public PlanScore Fastest(IReadOnlyList<int[]> seeds)
    {
        _seeds = seeds;
        _plans = _problem.Request.Objective == Objective.Throughput && _problem.Request.Sequences > 1
            ? new ThroughputSearch(_problem, _scores, _finder).Plans(seeds)
            : _finder.Plans(new Lens(1), seeds, MostChains);
        return Preference.Fastest(_plans);
    }

    /// <summary>The plan to take of those that <see cref="Fastest"/> has left.</summary>
    /// <param name="limit">The time a plan may take; at least the fastest's.</param>
    /// <param name="fastest">The fastest plan: one of more shards is not taken.</param>
    public PlanScore Choose(double limit, PlanScore fastest)
    {
        // 1. Chains that are not the fastest, but prefill sooner or move less.
        var all = new Dictionary<string, PlanScore>(StringComparer.Ordinal);
        Add(all, _plans, limit, fastest);
        foreach (var lens in Lenses(fastest)) Add(all, _finder.Plans(lens, _seeds, MostChains / 4), limit, fastest);

        // 2. Other cuts of each.
        var refiner = new CutRefiner(_problem, _scores, _preference);
        if (_scores.Chunks > 1 && _problem.Request.Objective == Objective.Latency)
        {
            var chains = all.Values.OrderBy(plan => plan.Time).Select(plan => plan.Chain.Seats).Where(seats => seats.Length > 1).DistinctBy(Key);
            foreach (var seats in chains.Take(Math.Clamp(MostCuts / (fastest.Chain.Count * _problem.LayerCount), 2, MostChains)).ToList())
                if (refiner.Evened(seats, limit) is { } evened) Add(all, [_scores.Of(evened)], limit, fastest);
        }

        var chosen = _preference.ChooseWithin([.. all.Values], limit, fastest.Chain.Count);
        return refiner.Slid(chosen, limit);
    }

    /// <summary>Ways to look at the problem in which the second and third criterion weigh as much as the tolerance allows, and less.</summary>
    private IEnumerable<Lens> Lenses(PlanScore fastest)
    {
        var allowed = fastest.Time * Math.Max(_preference.Tolerance, 1e-6);
        yield return new Lens(1, Prefill: allowed / fastest.FirstToken);
        if (_scores.Holdings.AnyPreferred) yield return new Lens(1, OffPreferred: 100 * allowed / _problem.LayersNeed);
        if (!_scores.Holdings.AnyHeld) yield break;
        foreach (var factor in _preference.MovedFirst ? (double[])[0.1, 0.5, 2, 10, 100] : [0.1, 1, 10])
            yield return new Lens(1, Moved: factor * allowed / _problem.Model.WeightByteCount);
    }

    private static void Add(Dictionary<string, PlanScore> all, IEnumerable<PlanScore> plans, double limit, PlanScore fastest)
    {
        foreach (var plan in plans)
            if (plan.Time <= limit && plan.Chain.Count <= fastest.Chain.Count) all.TryAdd($"{Key(plan.Chain.Seats)}|{Key(plan.Chain.Ends)}", plan);
    }

    private static string Key(int[] numbers) => string.Join(',', numbers);
}
