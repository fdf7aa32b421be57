namespace Exo.Engine.Placement;

/// <summary>
/// Whether a model fits at all, whatever the time. For a given order of seats, giving each as much as it holds reaches farthest, so the question is
/// only which order: all of them are weighed where the seats are few, the roomiest ones first are taken otherwise.
/// </summary>
internal sealed class Feasibility
{
    private const int MostExact = 14;

    /// <summary>Pairs of first and last seat that are tried where the seats are many.</summary>
    private const int PairsTried = 32;

    private readonly PlacementProblem _problem;
    private readonly int _layers, _seats;

    private Feasibility(PlacementProblem problem) => (_problem, _layers, _seats) = (problem, problem.LayerCount, problem.Seats.Count);

    /// <summary>Seats that hold the model in this order; null where none were found to.</summary>
    public static int[]? Chain(PlacementProblem problem)
    {
        for (var seat = 0; seat < problem.Seats.Count; seat++)
            if (problem.Fits(seat, 0, problem.LayerCount)) return [seat];
        var search = new Feasibility(problem);
        return problem.Seats.Count <= MostExact ? search.Weighed() : search.Roomiest();
    }

    /// <summary>The end of the longest range that begins at a layer and leaves at least one to the seats behind; the beginning itself where none fits.</summary>
    private int Reach(int seat, int from)
    {
        var (low, high) = (from, _layers);
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (_problem.Fits(seat, from, middle)) low = middle;
            else high = middle;
        }

        return low;
    }

    private int[]? Weighed()
    {
        var reach = new int[1 << _seats];
        for (var subset = 1; subset < reach.Length; subset++)
        {
            for (var seat = 0; seat < _seats; seat++)
            {
                var before = subset & ~(1 << seat);
                if (before == subset || (before != 0 && reach[before] == 0)) continue;
                reach[subset] = Math.Max(reach[subset], Reach(seat, reach[before]));
            }
        }

        for (var subset = 1; subset < reach.Length; subset++)
        {
            for (var last = 0; last < _seats; last++)
                if ((subset & (1 << last)) == 0 && reach[subset] > 0 && _problem.Fits(last, reach[subset], _layers)) return [.. Trace(reach, subset), last];
        }

        return null;
    }

    private List<int> Trace(int[] reach, int subset)
    {
        var seats = new List<int>();
        while (subset != 0)
        {
            for (var seat = 0; seat < _seats; seat++)
            {
                var before = subset & ~(1 << seat);
                if (before == subset || (before != 0 && reach[before] == 0) || Reach(seat, reach[before]) != reach[subset]) continue;
                // A seat that adds nothing is left out.
                if (reach[before] != reach[subset]) seats.Insert(0, seat);
                subset = before;
                break;
            }
        }

        return seats;
    }

    private int[]? Roomiest()
    {
        var byRoom = Enumerable.Range(0, _seats).Where(seat => Enumerable.Range(0, _layers).Any(layer => _problem.Fits(seat, layer, layer + 1))).OrderByDescending(seat => _problem.Seats[seat].UsableByteCount).ThenBy(seat => seat).ToArray();
        var average = (double)_problem.LayersNeed / _layers;
        var (firstNeed, lastNeed) = _problem.EndsNeed;
        var pairs = byRoom.SelectMany(first => byRoom.Where(last => last != first).Select(last => (First: first, Last: last)))
            .OrderBy(pair => Lost(pair.First, firstNeed) + Lost(pair.Last, lastNeed)).Take(PairsTried);
        foreach (var (first, last) in pairs)
            if (Walk(first, last, byRoom) is { } seats) return seats;
        return null;

        // Layers that a seat can't take because of an end.
        double Lost(int seat, long ends)
        {
            double room = _problem.Seats[seat].UsableByteCount - _problem.ActivationByteCount;
            return room - ends < average ? 2 * _layers : Math.Floor(room / average) - Math.Floor((room - ends) / average);
        }
    }

    private int[]? Walk(int first, int last, int[] byRoom)
    {
        var at = Reach(first, 0);
        if (at == 0) return null;
        var seats = new List<int> { first };
        foreach (var seat in byRoom)
        {
            if (_problem.Fits(last, at, _layers)) break;
            if (seat == first || seat == last || Reach(seat, at) is var next && next == at) continue;
            seats.Add(seat);
            at = Reach(seat, at);
        }

        return _problem.Fits(last, at, _layers) ? [.. seats, last] : null;
    }
}
