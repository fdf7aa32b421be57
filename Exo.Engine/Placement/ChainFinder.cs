namespace Exo.Engine.Placement;

/// <summary>Chains that are cheap through a lens: all of them weighed where the seats are few; good ones found and the best few seats weighed exactly otherwise.</summary>
internal sealed class ChainFinder(PlacementProblem problem, PlanScores scores, bool exact, double mostEffort)
{
    /// <summary>How much more than the layers need a chain must hold in the end, when whole layers don't fill its seats.</summary>
    private static readonly double[] Slacks = [0, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

    /// <summary>Seats times layers of all cuts that polishing tries: some hundredths of a second.</summary>
    private const int MostPolish = 6_000_000;

    private const int ChainsPolished = 4;

    private readonly Boundaries _boundaries = new(problem.LayerCount);
    private readonly List<int[]> _known = [];

    /// <summary>Everything is weighed, so a chain that isn't found isn't there.</summary>
    public bool IsExact => exact;

    /// <summary>Cheap chains with their sums; none where nothing fits.</summary>
    public IReadOnlyList<PlanScore> Plans(Lens lens, IReadOnlyList<int[]> seeds, int most)
    {
        var costs = lens.Costs(problem, scores);
        if (exact) return [.. new ExactSearch(costs).Cheapest(double.PositiveInfinity, (1, problem.LayerCount), most).Select(found => scores.Of(found.Chain))];

        var chains = Cut(costs, seeds.Concat(_known));
        // Another lens mostly bends the cuts; which nodes are preferred changes the chains.
        if (_known.Count == 0 || lens.OffPreferred > 0) chains.AddRange(Near(costs, chains));
        if (chains.Count == 0) return [];
        _known.AddRange(chains.Select(chain => chain.Chain.Seats));
        var best = chains.MinBy(chain => chain.Cost).Chain;
        var few = Shortlist(costs, best);
        var weighed = new ExactSearch(costs.Among(few)).Cheapest(double.PositiveInfinity, (1, problem.LayerCount), most);
        return [.. chains.Select(chain => chain.Chain).Concat(weighed.Select(found => new Chain([.. found.Chain.Seats.Select(seat => few[seat])], found.Chain.Ends))).Select(scores.Of)];
    }

    private List<(Chain Chain, double Cost)> Cut(ChainCosts costs, IEnumerable<int[]> chains)
    {
        var found = new List<(Chain Chain, double Cost)>();
        foreach (var seats in chains)
            if (_boundaries.Best(costs, seats) is { } cut) found.Add(cut);
        return found;
    }

    /// <summary>Good chains, cut, and the best of them and of those known before polished.</summary>
    private List<(Chain Chain, double Cost)> Near(ChainCosts costs, IReadOnlyList<(Chain Chain, double Cost)> known)
    {
        var found = new List<(Chain Chain, double Cost)>();
        foreach (var slack in Slacks)
        {
            found.AddRange(Cut(costs, new NearSearch(problem, costs, slack).Chains()));
            if (found.Count > 0) break;
        }

        // Each seat that holds everything alone; then the best ones are polished.
        found.AddRange(Cut(costs, Enumerable.Range(0, costs.SeatCount).Where(seat => costs.Allows(seat, 0, costs.LayerCount)).Select(seat => (int[])[seat])));
        var left = MostPolish;
        foreach (var chain in found.Concat(known).OrderBy(chain => chain.Cost).DistinctBy(chain => string.Join(',', chain.Chain.Seats)).Take(ChainsPolished).ToList())
            found.Add(Polished(costs, chain, ref left));
        return found;
    }

    /// <summary>Takes the first neighbour whose true cut costs less, until none does or the effort is spent.</summary>
    private (Chain Chain, double Cost) Polished(ChainCosts costs, (Chain Chain, double Cost) best, ref int left)
    {
        for (var better = true; better;)
        {
            better = false;
            foreach (var neighbour in ChainNeighbours.Of(best.Chain.Seats, costs.SeatCount))
            {
                left -= neighbour.Count * costs.LayerCount;
                if (left < 0) return best;
                if (_boundaries.Best(costs, [.. neighbour]) is not { } cut || cut.Cost >= best.Cost * (1 - 1e-12)) continue;
                (best, better) = (cut, true);
                break;
            }
        }

        return best;
    }

    /// <summary>The chain's seats and those that would help it most, as many as can be weighed exactly.</summary>
    private int[] Shortlist(ChainCosts costs, Chain best)
    {
        var count = 1;
        while (count < costs.SeatCount && ExactSearch.Effort(count + 1, costs.LayerCount) <= mostEffort) count++;
        var near = new NearSearch(problem, costs, 0);
        var few = best.Seats.Take(count).ToList();
        var others = Enumerable.Range(0, costs.SeatCount).Except(best.Seats)
            .Select(seat => (Seat: seat, Cost: near.LeastWith(best.Seats, seat))).OrderBy(other => other.Cost).ThenBy(other => other.Seat);
        few.AddRange(others.Take(count - few.Count).Select(other => other.Seat));
        few.Sort();
        return [.. few];
    }
}
