namespace Exo.Engine.Placement;

/// <summary>What a search minimises: seconds per token, and how many of them a second of prefill or a byte is worth.</summary>
/// <param name="Sequences">Sequences in one step.</param>
/// <param name="Prefill">Per second of one chunk of the prompt through all shards.</param>
/// <param name="Moved">Seconds per byte to fetch and per byte to load.</param>
/// <param name="OffPreferred">Seconds per byte on nodes that are not preferred.</param>
internal readonly record struct Lens(int Sequences, double Prefill = 0, double Moved = 0, double OffPreferred = 0)
{
    /// <summary>The costs through this lens; every range that fits into memory is allowed.</summary>
    public ChainCosts Costs(PlacementProblem problem, PlanScores scores) => Costs(problem, scores, problem.Fits);

    /// <param name="problem">The problem.</param>
    /// <param name="scores">Where bytes and prefill come from.</param>
    /// <param name="allowed">The ranges to choose from; memory is its affair too.</param>
    public ChainCosts Costs(PlacementProblem problem, PlanScores scores, Func<int, int, int, bool> allowed)
    {
        var costs = new ChainCosts(problem.Seats.Count, problem.LayerCount, allowed);
        var (times, prefill, held) = (problem.Decoding(Sequences), scores.Prefill, scores.Holdings);
        for (var seat = 0; seat < problem.Seats.Count; seat++)
        {
            costs.Sums[seat] = Sums(problem, scores, seat);
            costs.Shard[seat] = times.Fixed(seat) + Prefill * prefill.Fixed(seat);
            costs.First[seat] = Moved * (held.FetchOfEnds(seat, true, false) + held.LoadOfEnds(seat, true, false));
            var head = times.Head(seat) + Prefill * prefill.Head(seat);
            costs.Last[seat] = head + Moved * (held.FetchOfEnds(seat, false, true) + held.LoadOfEnds(seat, false, true));
            costs.Whole[seat] = head + Moved * (held.FetchOfEnds(seat, true, true) + held.LoadOfEnds(seat, true, true));
            costs.Entry[seat] = problem.Entry(seat, Sequences);
            costs.Exit[seat] = problem.Exit(seat, Sequences);
            for (var next = 0; next < problem.Seats.Count; next++)
                costs.Hop[seat, next] = problem.Hop(seat, next, Sequences) + (Prefill == 0 ? 0 : Prefill * problem.Hop(seat, next, scores.ChunkTokens));
        }

        return costs;
    }

    private double[] Sums(PlacementProblem problem, PlanScores scores, int seat)
    {
        var sums = problem.Decoding(Sequences).Sums(seat);
        if (Prefill == 0 && Moved == 0 && OffPreferred == 0) return sums;
        var (prefill, fetch, load) = (scores.Prefill.Sums(seat), scores.Holdings.FetchSums(seat), scores.Holdings.LoadSums(seat));
        var off = scores.Holdings.IsPreferred(seat) ? 0 : OffPreferred;
        var mixed = new double[sums.Length];
        for (var i = 0; i < sums.Length; i++) mixed[i] = sums[i] + Prefill * prefill[i] + Moved * (fetch[i] + load[i]) + off * problem.Need[i];
        return mixed;
    }
}
