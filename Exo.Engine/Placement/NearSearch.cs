namespace Exo.Engine.Placement;

/// <summary>
/// Good chains over many seats: layers are taken as a liquid that runs into the fastest seats first, which makes a chain's cost a matter of
/// microseconds, and chains are bettered by putting in, taking out, exchanging and moving one seat at a time until nothing helps. The
/// cut of the layers is left to <see cref="Boundaries"/>. The same input takes the same way.
/// </summary>
internal sealed class NearSearch
{
    /// <summary>What a byte without room costs, as a multiple of the slowest seat's byte: far above any hop.</summary>
    private const double Overflow = 1e4;

    /// <summary>Seats looked at in chains from one beginning.</summary>
    private const int MostEffort = 3_000_000;

    private readonly PlacementProblem _problem;
    private readonly ChainCosts _costs;
    private readonly double[] _room, _rate, _extra;
    private readonly int[] _fastestFirst;
    private readonly double _overflow, _needed;
    private readonly bool[] _taken;
    private int _effort;

    /// <summary>Bytes for which the chain estimated last has no room.</summary>
    private double _left;

    /// <param name="problem">Where memory and sizes come from.</param>
    /// <param name="costs">What is minimised.</param>
    /// <param name="slack">The share by which a chain must hold more than the layers need.</param>
    public NearSearch(PlacementProblem problem, ChainCosts costs, double slack)
    {
        (_problem, _costs, _needed) = (problem, costs, problem.LayersNeed * (1 + slack));
        var layers = problem.LayerCount;
        var average = (double)problem.LayersNeed / layers;
        _room = new double[costs.SeatCount];
        _rate = new double[costs.SeatCount];
        _extra = new double[costs.SeatCount];
        _taken = new bool[costs.SeatCount];
        for (var seat = 0; seat < costs.SeatCount; seat++)
        {
            var room = Math.Max(0, problem.Seats[seat].UsableByteCount - problem.ActivationByteCount);
            // Whole layers only: what is left of a seat's room is of no use.
            (_room[seat], _extra[seat]) = (Math.Floor(room / average) * average, room % average);
            _rate[seat] = costs.Sums[seat][layers] / problem.LayersNeed;
        }

        _overflow = Overflow * _rate.Max();
        _fastestFirst = [.. Enumerable.Range(0, costs.SeatCount).OrderBy(seat => _rate[seat]).ThenBy(seat => seat)];
    }

    /// <summary>Chains worth cutting, each from another beginning; some may hold too little.</summary>
    public IReadOnlyList<int[]> Chains()
    {
        var byRoom = Enumerable.Range(0, _costs.SeatCount).OrderByDescending(seat => _room[seat]).ThenBy(seat => seat).ToArray();
        int[][] orders = [_fastestFirst, byRoom, [.. _fastestFirst.OrderByDescending(seat => _room[seat] / (_rate[seat] + double.Epsilon))]];
        return [.. orders.Select(order => Improve(FillUp(order))), Improve(Cheapest())];
    }

    /// <summary>What a chain comes to; a chain that holds too little costs beyond all that hold enough.</summary>
    public double Estimate(IReadOnlyList<int> chain)
    {
        var (first, last) = (chain[0], chain[^1]);
        var cost = _costs.Entry[first] + _costs.Exit[last] + (chain.Count == 1 ? _costs.Whole[first] : _costs.First[first] + _costs.Last[last]);
        for (var i = 0; i < chain.Count; i++)
        {
            cost += _costs.Shard[chain[i]] + (i == 0 ? 0 : _costs.Hop[chain[i - 1], chain[i]]);
            _taken[chain[i]] = true;
        }

        var left = _needed;
        foreach (var seat in _fastestFirst)
        {
            if (!_taken[seat]) continue;
            _taken[seat] = false;
            var (firstNeed, lastNeed) = _problem.EndsNeed;
            var ends = (seat == first ? firstNeed : 0) + (seat == last ? lastNeed : 0);
            var room = Math.Max(0, _room[seat] - Math.Max(0, ends - _extra[seat]));
            var share = Math.Min(room, left);
            cost += share * _rate[seat];
            left -= share;
        }

        _effort += _costs.SeatCount + chain.Count;
        _left = left;
        return cost + left * _overflow;
    }

    /// <summary>The least a chain costs with one seat more, or with that seat in another's place.</summary>
    public double LeastWith(int[] chain, int seat)
    {
        var longer = new List<int>(chain);
        Insert(longer, seat);
        var least = Estimate(longer);
        var list = new List<int>(chain);
        for (var i = 0; i < chain.Length; i++)
        {
            list[i] = seat;
            least = Math.Min(least, Estimate(list));
            list[i] = chain[i];
        }

        return least;
    }

    /// <summary>Seats in this order, each where it adds least, until all layers have room.</summary>
    private List<int> FillUp(int[] order)
    {
        var chain = new List<int>();
        foreach (var seat in order)
        {
            if (_room[seat] == 0) continue;
            Insert(chain, seat);
            Estimate(chain);
            if (_left == 0) break;
        }

        return chain.Count > 0 ? chain : [order[0]];
    }

    /// <summary>The seat that costs least, then whichever helps most, until none helps.</summary>
    private List<int> Cheapest()
    {
        var chain = new List<int>();
        var best = double.PositiveInfinity;
        while (true)
        {
            List<int>? better = null;
            for (var seat = 0; seat < _costs.SeatCount; seat++)
            {
                if (chain.Contains(seat)) continue;
                var longer = new List<int>(chain);
                Insert(longer, seat);
                if (Estimate(longer) is var cost && cost < best) (best, better) = (cost, longer);
            }

            if (better is null) return chain;
            chain = better;
        }
    }

    /// <summary>Puts a seat where its hops cost least.</summary>
    private void Insert(List<int> chain, int seat)
    {
        var (best, at) = (double.PositiveInfinity, 0);
        for (var i = 0; i <= chain.Count; i++)
        {
            var before = i == 0 ? _costs.Entry[seat] : _costs.Hop[chain[i - 1], seat];
            var after = i == chain.Count ? _costs.Exit[seat] : _costs.Hop[seat, chain[i]];
            var gone = chain.Count == 0 ? 0 : i == 0 ? _costs.Entry[chain[0]] : i == chain.Count ? _costs.Exit[chain[^1]] : _costs.Hop[chain[i - 1], chain[i]];
            if (before + after - gone < best) (best, at) = (before + after - gone, i);
        }

        chain.Insert(at, seat);
    }

    private int[] Improve(List<int> chain)
    {
        _effort = 0;
        var best = Estimate(chain);
        while (_effort < MostEffort && Step(ref chain, ref best)) { }
        return [.. chain];
    }

    /// <summary>Takes the first neighbour that costs less.</summary>
    private bool Step(ref List<int> chain, ref double best)
    {
        foreach (var neighbour in ChainNeighbours.Of(chain, _costs.SeatCount))
        {
            if (_effort >= MostEffort) return false;
            if (Estimate(neighbour) is var cost && cost >= best * (1 - 1e-12)) continue;
            (chain, best) = (new List<int>(neighbour), cost);
            return true;
        }

        return false;
    }
}
