namespace Exo.Engine.Placement;

/// <summary>Seconds that one kind of step takes in any range of layers on any seat. Additive over layers, so a range is a difference of two sums.</summary>
internal sealed class StageTimes
{
    private readonly double[][] _sums;
    private readonly double[] _head;
    private readonly double[] _fixed;

    /// <param name="model">The model.</param>
    /// <param name="seats">The devices.</param>
    /// <param name="load">The step.</param>
    public StageTimes(ModelCost model, IReadOnlyList<Seat> seats, StepLoad load)
    {
        var layers = model.Layers.Select(layer => (
            Read: layer.ReadByteCount(load.Tokens),
            Operations: layer.Operations(load.Context) * load.Tokens,
            Kv: (double)load.Sequences * layer.KvReadByteCount(load.Context))).ToArray();
        _sums = new double[seats.Count][];
        _head = new double[seats.Count];
        _fixed = new double[seats.Count];
        for (var seat = 0; seat < seats.Count; seat++)
        {
            var (read, arithmetic) = (seats[seat].ReadBytesPerSecond, seats[seat].OperationsPerSecond);
            var sums = _sums[seat] = new double[layers.Length + 1];
            for (var i = 0; i < layers.Length; i++)
                sums[i + 1] = sums[i] + Math.Max(layers[i].Read / read, layers[i].Operations / arithmetic) + layers[i].Kv / read;
            _head[seat] = Math.Max(model.HeadByteCount / read, model.HeadOperationsPerToken * load.Sequences / arithmetic);
            _fixed[seat] = seats[seat].Device.StepOverhead.TotalSeconds;
        }
    }

    /// <summary>[layers + 1]: seconds of the layers before each.</summary>
    public double[] Sums(int seat) => _sums[seat];

    /// <summary>Seconds of the head.</summary>
    public double Head(int seat) => _head[seat];

    /// <summary>Seconds of a step of no layers.</summary>
    public double Fixed(int seat) => _fixed[seat];

    /// <summary>Seconds of a range, with the head where it has it.</summary>
    public double Of(int seat, int from, int to)
    {
        var sums = _sums[seat];
        return _fixed[seat] + sums[to] - sums[from] + (to == sums.Length - 1 ? _head[seat] : 0);
    }
}

/// <summary>What a step does.</summary>
/// <param name="Tokens">Tokens that pass the layers together.</param>
/// <param name="Sequences">Sequences they belong to; the head runs once for each.</param>
/// <param name="Context">Positions that each token sees.</param>
internal readonly record struct StepLoad(int Tokens, int Sequences, int Context);
