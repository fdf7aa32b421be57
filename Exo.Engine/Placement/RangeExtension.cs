namespace Exo.Engine.Placement;

/// <summary>The step that all searches share: given what it costs to have the first layers placed, what it costs to have some more on one seat.</summary>
internal sealed class RangeExtension(int layerCount)
{
    private readonly int[] _queue = new int[layerCount + 1];
    private readonly double[] _values = new double[layerCount + 1];

    /// <summary>
    /// reached[to] = min over allowed from of arrived[from] + cost(seat, from, to), for every end. A window that only moves forward, its
    /// minimum kept in a queue: linear in the layers.
    /// </summary>
    /// <param name="costs">The costs.</param>
    /// <param name="seat">Where the range goes.</param>
    /// <param name="arrived">[layers + 1]: cost of the layers before, the hop to the seat included; infinite where they can't be placed.</param>
    /// <param name="reached">[layers + 1], overwritten</param>
    /// <param name="chosen">[layers + 1], overwritten: the beginning taken; empty when nobody asks.</param>
    public void Run(ChainCosts costs, int seat, ReadOnlySpan<double> arrived, Span<double> reached, Span<int> chosen)
    {
        var (sums, low) = (costs.Sums[seat], costs.Low(seat));
        int head = 0, tail = 0;
        reached[0] = reached[1] = double.PositiveInfinity;
        for (var to = 2; to <= costs.LayerCount; to++)
        {
            var from = to - 1;
            var value = arrived[from] - sums[from];
            if (value < double.PositiveInfinity)
            {
                while (tail > head && _values[tail - 1] > value) tail--;
                (_queue[tail], _values[tail]) = (from, value);
                tail++;
            }

            while (tail > head && _queue[head] < low[to]) head++;
            if (tail == head)
            {
                reached[to] = double.PositiveInfinity;
                continue;
            }

            reached[to] = _values[head] + sums[to] + costs.Shard[seat] + (to == costs.LayerCount ? costs.Last[seat] : 0);
            if (!chosen.IsEmpty) chosen[to] = _queue[head];
        }
    }

    /// <summary>reached[to] = cost of the first range of a chain, from layer 0 on this seat, the way there included.</summary>
    public static void Begin(ChainCosts costs, int seat, Span<double> reached)
    {
        reached.Fill(double.PositiveInfinity);
        for (var to = 1; to <= costs.LayerCount && costs.Allows(seat, 0, to); to++) reached[to] = costs.Entry[seat] + costs.Of(seat, 0, to);
    }
}
