namespace Exo.Engine.Placement;

/// <summary>Says of every device without layers what it would have done to the plan.</summary>
internal sealed class LeftOutReasons(PlacementProblem problem, PlanScores scores)
{
    /// <summary>Places of the chain that a device is tried at: those where its hops cost least.</summary>
    private const int PlacesTried = 2;

    private readonly Boundaries _boundaries = new(problem.LayerCount);
    private readonly ChainCosts _costs = new Lens(1).Costs(problem, scores);

    public IReadOnlyList<LeftOut> Of(PlanScore plan)
    {
        var without = Enumerable.Range(0, problem.Seats.Count).Except(plan.Chain.Seats).Select(seat => Of(plan, seat));
        var draining = problem.Cluster.Nodes.Where(node => node.Role == NodeRole.Draining).SelectMany(node => node.Devices.Select(device => new LeftOut
        {
            Node = node.Name,
            Device = device.Name,
            Reason = LeftOutReason.Draining,
            Sentence = $"{Seat.NameOf(node, device)} is draining and gets no layers.",
        }));
        return [.. without.Concat(draining).OrderBy(left => left.Node, StringComparer.Ordinal).ThenBy(left => left.Device, StringComparer.Ordinal)];
    }

    private LeftOut Of(PlanScore plan, int seat)
    {
        var of = problem.Seats[seat];
        if (!HoldsALayer(seat))
            return LeftOut(of, LeftOutReason.TooSmall, $"{of.Name} has {Figures.Bytes(of.UsableByteCount)} to give; with its buffers the smallest layer needs {Figures.Bytes(SmallestLayer() + problem.ActivationByteCount)}.");
        if (!FetchesALayer(seat))
            return LeftOut(of, LeftOutReason.DiskFull, $"{of.Name} has {Figures.Bytes(of.FreeDiskByteCount!.Value)} of disk to give; the smallest layer to fetch needs {Figures.Bytes(SmallestFetch(seat))}.");
        return BestWith(plan.Chain, seat) is { } with
            ? Compared(plan.Chain, with, seat)
            : LeftOut(of, LeftOutReason.NoGain, $"{of.Name} finds no layer to take: every one there is has its shard.");
    }

    private static LeftOut LeftOut(Seat seat, LeftOutReason reason, string sentence) => new() { Node = seat.Node.Name, Device = seat.Device.Name, Reason = reason, Sentence = sentence };

    private LeftOut Compared(Chain chain, Chain with, int seat)
    {
        var hops = HopsOf(with) - HopsOf(chain);
        var saved = (scores.RoundTrip(chain, 1) - HopsOf(chain)) - (scores.RoundTrip(with, 1) - HopsOf(with));
        var slower = hops > saved;
        var saving = saved >= 0 ? $"saves {Figures.Seconds(saved)}" : $"costs another {Figures.Seconds(-saved)} because it reads more slowly";
        var sentence = $"Adding {problem.Seats[seat].Name} costs {Figures.Seconds(hops)} a token in hops and {saving}{(slower ? "." : ", within what measuring can tell or for another aim.")}";
        return LeftOut(problem.Seats[seat], slower ? LeftOutReason.Slower : LeftOutReason.NoGain, sentence) with { AddedHops = TimeSpan.FromSeconds(hops), SavedCompute = TimeSpan.FromSeconds(saved) };
    }

    /// <summary>The best chain with this seat put in; null where the layers don't reach for one more.</summary>
    private Chain? BestWith(Chain chain, int seat)
    {
        (Chain Chain, double Cost)? best = null;
        foreach (var place in Enumerable.Range(0, chain.Count + 1).OrderBy(place => AddedHops(chain, seat, place)).Take(PlacesTried))
        {
            int[] seats = [.. chain.Seats[..place], seat, .. chain.Seats[place..]];
            if (_boundaries.Best(_costs, seats) is { } cut && (best is null || cut.Cost < best.Value.Cost)) best = cut;
        }

        return best?.Chain;
    }

    private double AddedHops(Chain chain, int seat, int place)
    {
        var before = place == 0 ? _costs.Entry[seat] : _costs.Hop[chain.Seats[place - 1], seat];
        var after = place == chain.Count ? _costs.Exit[seat] : _costs.Hop[seat, chain.Seats[place]];
        var gone = place == 0 ? _costs.Entry[chain.Seats[0]] : place == chain.Count ? _costs.Exit[chain.Seats[^1]] : _costs.Hop[chain.Seats[place - 1], chain.Seats[place]];
        return before + after - gone;
    }

    private double HopsOf(Chain chain)
    {
        var sum = _costs.Entry[chain.Seats[0]] + _costs.Exit[chain.Seats[^1]];
        for (var i = 1; i < chain.Count; i++) sum += _costs.Hop[chain.Seats[i - 1], chain.Seats[i]];
        return sum;
    }

    private bool HoldsALayer(int seat) => SmallestLayer() + problem.ActivationByteCount <= problem.Seats[seat].UsableByteCount;

    private bool FetchesALayer(int seat) => Enumerable.Range(0, problem.LayerCount).Any(layer => problem.FitsDisk(seat, layer, layer + 1));

    private long SmallestFetch(int seat) => Enumerable.Range(0, problem.LayerCount).Min(layer => problem.FetchOf(seat, layer, layer + 1));

    private long SmallestLayer() => Enumerable.Range(0, problem.LayerCount).Min(layer => problem.Need[layer + 1] - problem.Need[layer]);
}
