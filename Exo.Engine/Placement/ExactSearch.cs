using System.Numerics;

namespace Exo.Engine.Placement;

/// <summary>
/// The cheapest chains over all orders of all subsets of seats: for every subset, every last seat and every number of layers placed the least cost so
/// far (Held and Karp's travelling salesman, with layers on the way). Exact; 2ⁿ · n² · layers steps, so for few seats only.
/// </summary>
internal sealed class ExactSearch
{
    private readonly ChainCosts _costs;
    private readonly int _seats, _stride;
    private readonly double[] _least;

    /// <summary>Steps that a search over so many seats takes.</summary>
    public static double Effort(int seats, int layers) => Math.Pow(2, seats) * seats * seats * layers;

    public ExactSearch(ChainCosts costs)
    {
        (_costs, _seats, _stride) = (costs, costs.SeatCount, costs.LayerCount + 1);
        _least = new double[(1L << _seats) * _seats * _stride];
        Array.Fill(_least, double.PositiveInfinity);
        Fill();
    }

    /// <summary>The best chain of each subset and last seat that has at most (or exactly) so many shards, cheapest first.</summary>
    /// <param name="limit">Costs above this are left out.</param>
    /// <param name="shards">The number of shards: from, to.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<(Chain Chain, double Cost)> Cheapest(double limit, (int Least, int Most) shards, int most)
    {
        var ends = new List<(double Cost, int Subset, int Last)>();
        for (var subset = 1; subset < 1 << _seats; subset++)
        {
            var count = BitOperations.PopCount((uint)subset);
            if (count < shards.Least || count > shards.Most) continue;
            for (var last = 0; last < _seats; last++)
            {
                if ((subset & (1 << last)) == 0) continue;
                var cost = At(subset, last)[_stride - 1] + _costs.Exit[last];
                if (cost <= limit && cost < double.PositiveInfinity) ends.Add((cost, subset, last));
            }
        }

        ends.Sort();
        return [.. ends.Take(most).Select(end => (Trace(end.Subset, end.Last), end.Cost))];
    }

    private void Fill()
    {
        var extension = new RangeExtension(_costs.LayerCount);
        var arrived = new double[_stride];
        for (var subset = 1; subset < 1 << _seats; subset++)
        {
            for (var last = 0; last < _seats; last++)
            {
                if ((subset & (1 << last)) == 0) continue;
                var before = subset & ~(1 << last);
                if (before == 0) RangeExtension.Begin(_costs, last, At(subset, last));
                else if (Arrive(before, last, arrived)) extension.Run(_costs, last, arrived, At(subset, last), default);
            }
        }
    }

    /// <summary>The least cost of having each number of layers on a subset and the hop to a further seat behind; false where there is none.</summary>
    private bool Arrive(int subset, int next, double[] arrived)
    {
        Array.Fill(arrived, double.PositiveInfinity);
        var any = false;
        for (var seat = 0; seat < _seats; seat++)
        {
            if ((subset & (1 << seat)) == 0) continue;
            var hop = _costs.Hop[seat, next];
            if (double.IsPositiveInfinity(hop)) continue;
            var least = At(subset, seat);
            // The last layer must be left for the next seat.
            for (var l = 1; l < _stride - 1; l++)
            {
                if (least[l] + hop >= arrived[l]) continue;
                arrived[l] = least[l] + hop;
                any = true;
            }
        }

        return any;
    }

    /// <summary>Finds again, back to front, the choices that led to an end: cheaper than keeping them for every state.</summary>
    private Chain Trace(int subset, int last)
    {
        var (seats, ends) = (new List<int>(), new List<int>());
        var (extension, arrived, reached, chosen) = (new RangeExtension(_costs.LayerCount), new double[_stride], new double[_stride], new int[_stride]);
        var to = _stride - 1;
        while (true)
        {
            seats.Add(last);
            ends.Add(to);
            subset &= ~(1 << last);
            if (subset == 0) break;
            Arrive(subset, last, arrived);
            extension.Run(_costs, last, arrived, reached, chosen);
            to = chosen[to];
            var (best, next) = (double.PositiveInfinity, -1);
            for (var seat = 0; seat < _seats; seat++)
            {
                if ((subset & (1 << seat)) == 0) continue;
                var cost = At(subset, seat)[to] + _costs.Hop[seat, last];
                if (cost < best) (best, next) = (cost, seat);
            }

            last = next;
        }

        seats.Reverse();
        ends.Reverse();
        return new Chain([.. seats], [.. ends]);
    }

    private Span<double> At(int subset, int seat) => _least.AsSpan((int)(((long)subset * _seats + seat) * _stride), _stride);
}
