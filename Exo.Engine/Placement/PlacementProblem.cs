using Exo.Engine.Models;

namespace Exo.Engine.Placement;

/// <summary>A request in the shape that searches want: devices numbered by name, sums over layers, costs of hops. It decides nothing.</summary>
internal sealed class PlacementProblem
{
    /// <summary>A token's number and what travels with it, in bytes.</summary>
    private const int TokenByteCount = 64;

    /// <summary>Seconds to a first shard that must not be one: more than any plan takes, and still a number.</summary>
    private const double Never = 1e6;

    /// <summary>Sequences whose logits the last shard computes at once, at most.</summary>
    private const int MostLogits = 16;

    private readonly long[] _need;
    private readonly Lines _lines;
    private readonly LinkSpeed[,] _between;
    private readonly Dictionary<int, StageTimes> _decoding = [];
    private readonly Lazy<Holdings> _holdings;
    private bool _firstIsHome;
    private readonly long _firstEnds, _lastEnds, _bothEnds, _logits;

    public PlacementProblem(ModelCost model, PlacementCluster cluster, PlacementRequest request, int context)
    {
        (Model, Cluster, Request, Context, Home) = (model, cluster, request, context, cluster.Home);
        LayerCount = model.Layers.Count;
        Seats =
        [
            .. cluster.Nodes.Where(node => node.Role != NodeRole.Draining).OrderBy(node => node.Name, StringComparer.Ordinal)
                .SelectMany(node => node.Devices.OrderBy(device => device.Name, StringComparer.Ordinal)
                    .Select(device => new Seat(node, device, (long)(device.FreeByteCount * request.MarginShare)))),
        ];
        _holdings = new(() => new Holdings(model, Seats));
        _lines = new Lines(cluster);
        _between = new LinkSpeed[Seats.Count, Seats.Count];
        for (var from = 0; from < Seats.Count; from++)
            for (var to = 0; to < Seats.Count; to++) _between[from, to] = _lines.Between(Seats[from].Node.Name, Seats[to].Node.Name);
        _need = new long[LayerCount + 1];
        for (var i = 0; i < LayerCount; i++)
            _need[i + 1] = _need[i] + model.Layers[i].WeightByteCount + request.Sequences * model.Layers[i].KvByteCount(context);
        ActivationByteCount = model.ActivationByteCountPerToken * request.StepTokens;
        _logits = model.LogitByteCount * Math.Min(request.Sequences, MostLogits);
        _firstEnds = model.EmbeddingByteCount;
        _lastEnds = model.HeadByteCount + _logits;
        _bothEnds = model.EndBytesOf(new LayerRange(0, LayerCount)) + _logits;
    }

    public ModelCost Model { get; }

    public PlacementCluster Cluster { get; }

    public PlacementRequest Request { get; }

    /// <summary>Where the scheduler sits; null while that is open: token numbers then take no time worth counting.</summary>
    public string? Home { get; private set; }

    /// <summary>Positions of one sequence.</summary>
    public int Context { get; }

    public int LayerCount { get; }

    /// <summary>Devices by node and name; those of draining nodes are not among them.</summary>
    public IReadOnlyList<Seat> Seats { get; }

    /// <summary>What the seats have of the model already.</summary>
    public Holdings Holdings => _holdings.Value;

    /// <summary>Bytes of a shard's buffers, logits apart.</summary>
    public long ActivationByteCount { get; }

    /// <summary>Bytes of all layers with their keys and values.</summary>
    public long LayersNeed => _need[LayerCount];

    /// <summary>Bytes that the first shard needs besides, and the last.</summary>
    public (long First, long Last) EndsNeed => (_firstEnds, _lastEnds);

    /// <summary>Bytes of the layers before each, with their keys and values: [layers + 1].</summary>
    public ReadOnlySpan<long> Need => _need;

    /// <summary>The same with another context.</summary>
    public PlacementProblem With(int context) => new(Model, Cluster, Request, context);

    /// <summary>The same with the scheduler, and therefore the first shard, on a node.</summary>
    public PlacementProblem At(string home)
    {
        var other = (PlacementProblem)MemberwiseClone();
        (other.Home, other._firstIsHome) = (home, true);
        return other;
    }

    /// <summary>Bytes of a range: weights, keys and values, buffers.</summary>
    public long NeedOf(int from, int to) => _need[to] - _need[from] + EndsOf(from, to) + ActivationByteCount;

    /// <summary>Bytes of the buffers of a range.</summary>
    public long BuffersOf(int to) => ActivationByteCount + (to == LayerCount ? _logits : 0);

    /// <summary>Memory holds the range, and the disk what its node lacks of it.</summary>
    public bool Fits(int seat, int from, int to) => NeedOf(from, to) <= Seats[seat].UsableByteCount && FitsDisk(seat, from, to);

    /// <summary>The node's disk has room for what it lacks of the range.</summary>
    public bool FitsDisk(int seat, int from, int to) => Seats[seat].FreeDiskByteCount is not { } free || FetchOf(seat, from, to) <= free;

    /// <summary>Bytes of a range that its node would have to fetch.</summary>
    public long FetchOf(int seat, int from, int to) => Holdings.Fetch(seat, from, to);

    /// <summary>The number of a device among <see cref="Seats"/>; -1 where it is none of them.</summary>
    public int SeatOf(string node, string device)
    {
        for (var seat = 0; seat < Seats.Count; seat++)
            if (Seats[seat].Node.Name == node && Seats[seat].Device.Name == device) return seat;
        return -1;
    }

    /// <summary>A step of one token of each of so many sequences at the full context.</summary>
    public StageTimes Decoding(int sequences)
    {
        if (!_decoding.TryGetValue(sequences, out var times))
            _decoding[sequences] = times = new StageTimes(Model, Seats, new StepLoad(sequences, sequences, Context));
        return times;
    }

    /// <summary>Seconds that hidden states of so many tokens take from one seat to another.</summary>
    public double Hop(int from, int to, int tokens) => _between[from, to].Seconds((double)Model.HiddenByteCount * tokens);

    /// <summary>Seconds of a hop that keep the line busy.</summary>
    public double HopOccupancy(int from, int to, int tokens) => Model.HiddenByteCount * tokens / _between[from, to].BytesPerSecond;

    /// <summary>Seconds that token numbers take from the scheduler to a seat.</summary>
    public double Entry(int seat, int tokens) =>
        _firstIsHome && Seats[seat].Node.Name != Home ? Never : _lines.Between(Home ?? Seats[seat].Node.Name, Seats[seat].Node.Name).Seconds(TokenByteCount * tokens);

    /// <summary>Seconds that sampled tokens take from a seat to the scheduler.</summary>
    public double Exit(int seat, int tokens) => _lines.Between(Seats[seat].Node.Name, Home ?? Seats[seat].Node.Name).Seconds(TokenByteCount * tokens);

    /// <summary>Seconds of both ways where a seat is the only one.</summary>
    public double AloneTrip(int seat) =>
        _firstIsHome ? 2 * _lines.Between(Seats[seat].Node.Name, Seats[seat].Node.Name).Seconds(TokenByteCount) : Entry(seat, 1) + Exit(seat, 1);

    private long EndsOf(int from, int to) => (from == 0, to == LayerCount) switch
    {
        (true, true) => _bothEnds,
        (true, false) => _firstEnds,
        (false, true) => _lastEnds,
        _ => 0,
    };
}
