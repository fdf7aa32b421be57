namespace Exo.Engine.Placement;

/// <summary>
/// All that a search knows: what a range costs on a seat, what a step from seat to seat costs, and which ranges are allowed. Costs are additive
/// and mean nothing in particular; a range that is allowed stays so when it gets shorter.
/// </summary>
internal sealed class ChainCosts
{
    private readonly int[]?[] _low;
    private readonly Func<int, int, int, bool> _allowed;

    /// <param name="seats">How many.</param>
    /// <param name="layers">How many.</param>
    /// <param name="allowed">(seat, from, to): the range may lie there. Asked of growing ranges only as far as the first refusal.</param>
    public ChainCosts(int seats, int layers, Func<int, int, int, bool> allowed)
    {
        (SeatCount, LayerCount, _allowed) = (seats, layers, allowed);
        _low = new int[seats][];
        Sums = new double[seats][];
        (Shard, First, Last, Whole, Entry, Exit) = (new double[seats], new double[seats], new double[seats], new double[seats], new double[seats], new double[seats]);
        Hop = new double[seats, seats];
    }

    public int SeatCount { get; }

    public int LayerCount { get; }

    /// <summary>[seat][layers + 1]: cost of the layers before each.</summary>
    public double[][] Sums { get; }

    /// <summary>Cost of a shard as such.</summary>
    public double[] Shard { get; }

    /// <summary>Cost of the embedding.</summary>
    public double[] First { get; }

    /// <summary>Cost of the head.</summary>
    public double[] Last { get; }

    /// <summary>Cost of embedding and head together.</summary>
    public double[] Whole { get; }

    public double[] Entry { get; }

    public double[] Exit { get; }

    /// <summary>[from, to]; infinite where the step is not allowed.</summary>
    public double[,] Hop { get; }

    /// <summary>Cost of a range on a seat.</summary>
    public double Of(int seat, int from, int to)
    {
        var sums = Sums[seat];
        return Shard[seat] + sums[to] - sums[from] + Ends(seat, from, to);
    }

    public double Ends(int seat, int from, int to) => from == 0 ? to == LayerCount ? Whole[seat] : First[seat] : to == LayerCount ? Last[seat] : 0;

    public bool Allows(int seat, int from, int to) => _allowed(seat, from, to);

    /// <summary>[layers + 1]: for each end the smallest beginning above 0 of an allowed range; the end itself where there is none.</summary>
    public int[] Low(int seat)
    {
        if (_low[seat] is { } known) return known;
        var low = new int[LayerCount + 1];
        var from = 1;
        for (var to = 1; to <= LayerCount; to++)
        {
            while (from < to && !_allowed(seat, from, to)) from++;
            low[to] = Math.Min(from, to);
        }

        return _low[seat] = low;
    }

    /// <summary>What all of a chain's costs come to.</summary>
    public double Of(ReadOnlySpan<int> seats, ReadOnlySpan<int> ends)
    {
        var sum = Entry[seats[0]] + Exit[seats[^1]];
        for (var i = 0; i < seats.Length; i++)
            sum += Of(seats[i], i == 0 ? 0 : ends[i - 1], ends[i]) + (i == 0 ? 0 : Hop[seats[i - 1], seats[i]]);
        return sum;
    }

    /// <summary>The same costs for a few of the seats, numbered anew in the order given.</summary>
    public ChainCosts Among(int[] seats)
    {
        var few = new ChainCosts(seats.Length, LayerCount, (seat, from, to) => _allowed(seats[seat], from, to));
        for (var i = 0; i < seats.Length; i++)
        {
            var seat = seats[i];
            (few.Sums[i], few.Shard[i], few.First[i], few.Last[i]) = (Sums[seat], Shard[seat], First[seat], Last[seat]);
            (few.Whole[i], few.Entry[i], few.Exit[i]) = (Whole[seat], Entry[seat], Exit[seat]);
            for (var j = 0; j < seats.Length; j++) few.Hop[i, j] = Hop[seat, seats[j]];
        }

        return few;
    }
}
