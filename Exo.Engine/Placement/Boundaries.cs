namespace Exo.Engine.Placement;

/// <summary>Where a given chain of seats had best be cut. Exact, linear in seats times layers.</summary>
internal sealed class Boundaries(int layerCount)
{
    private readonly RangeExtension _extension = new(layerCount);
    private readonly double[] _arrived = new double[layerCount + 1];
    private readonly double[] _reached = new double[layerCount + 1];

    /// <summary>The cheapest cut in which every seat has at least one layer, or null where none is allowed.</summary>
    public (Chain Chain, double Cost)? Best(ChainCosts costs, ReadOnlySpan<int> seats)
    {
        if (seats.Length > layerCount) return null;
        var chosen = new int[seats.Length][];
        RangeExtension.Begin(costs, seats[0], _reached);
        if (seats.Length > 1) _reached[layerCount] = double.PositiveInfinity;
        for (var i = 1; i < seats.Length; i++)
        {
            var hop = costs.Hop[seats[i - 1], seats[i]];
            for (var l = 0; l <= layerCount; l++) _arrived[l] = _reached[l] + hop;
            _extension.Run(costs, seats[i], _arrived, _reached, chosen[i] = new int[layerCount + 1]);
        }

        if (double.IsPositiveInfinity(_reached[layerCount])) return null;
        var ends = new int[seats.Length];
        ends[^1] = layerCount;
        for (var i = seats.Length - 1; i > 0; i--) ends[i - 1] = chosen[i][ends[i]];
        return (new Chain(seats.ToArray(), ends), _reached[layerCount] + costs.Exit[seats[^1]]);
    }
}
