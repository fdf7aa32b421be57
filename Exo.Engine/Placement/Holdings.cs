using Exo.Engine.Models;

namespace Exo.Engine.Placement;

/// <summary>What every seat would have to fetch over the network and to load into its memory for any range, in bytes.</summary>
internal sealed class Holdings
{
    private readonly ModelCost _model;
    private readonly Seat[] _seats;
    private readonly HeldLayers[] _onNode, _loaded;
    private readonly long[][] _fetch, _load;

    public Holdings(ModelCost model, IReadOnlyList<Seat> seats)
    {
        (_model, _seats) = (model, [.. seats]);
        _onNode = [.. seats.Select(seat => OnNode(seat.Node))];
        _fetch = [.. _onNode.Select(held => Missing(held, layer => layer.DiskByteCount ?? layer.WeightByteCount))];
        _loaded = [.. seats.Select(seat => seat.Device.Resident ?? HeldLayers.None)];
        _load = [.. _loaded.Select(held => Missing(held, layer => layer.WeightByteCount))];
        AnyHeld = _onNode.Any(held => held.Ranges.Count > 0 || held.Embedding || held.Head);
        AnyPreferred = seats.Any(seat => seat.Node.Role == NodeRole.Preferred);
    }

    /// <summary>Some node has a part of the model.</summary>
    public bool AnyHeld { get; }

    public bool AnyPreferred { get; }

    /// <summary>[layers + 1]: bytes of the layers before each that its node has not.</summary>
    public long[] FetchSums(int seat) => _fetch[seat];

    /// <summary>[layers + 1]: bytes of the layers before each that its memory has not.</summary>
    public long[] LoadSums(int seat) => _load[seat];

    /// <summary>Bytes of a range to fetch.</summary>
    public long Fetch(int seat, int from, int to) => _fetch[seat][to] - _fetch[seat][from] + FetchOfEnds(seat, from == 0, to == _model.Layers.Count);

    /// <summary>Bytes of a range to load.</summary>
    public long Load(int seat, int from, int to) => _load[seat][to] - _load[seat][from] + LoadOfEnds(seat, from == 0, to == _model.Layers.Count);

    public long FetchOfEnds(int seat, bool first, bool last) => MissingEnds(_onNode[seat], first, last, _model.EmbeddingDiskByteCount ?? _model.EmbeddingByteCount, _model.HeadDiskByteCount ?? _model.HeadByteCount);

    public long LoadOfEnds(int seat, bool first, bool last) => MissingEnds(_loaded[seat], first, last, _model.EmbeddingByteCount, _model.HeadByteCount);

    /// <summary>The seat is on a node that somebody prefers, or nobody prefers any.</summary>
    public bool IsPreferred(int seat) => !AnyPreferred || _seats[seat].Node.Role == NodeRole.Preferred;

    /// <summary>The ranges of a range that its node has not.</summary>
    public IReadOnlyList<LayerRange> ToFetch(int seat, LayerRange layers) => Gaps(layers, layer => !_onNode[seat].Contains(layer));

    /// <summary>The ranges of a range that its memory has not.</summary>
    public IReadOnlyList<LayerRange> ToLoad(int seat, LayerRange layers) => Gaps(layers, layer => !_loaded[seat].Contains(layer));

    /// <summary>The ranges of a range that its memory has.</summary>
    public IReadOnlyList<LayerRange> Kept(int seat, LayerRange layers) => Gaps(layers, _loaded[seat].Contains);

    /// <summary>Its node lacks the embedding.</summary>
    public bool FetchesEmbedding(int seat) => LacksEmbedding(_onNode[seat]);

    /// <summary>Its node lacks the head.</summary>
    public bool FetchesHead(int seat) => LacksHead(_onNode[seat]);

    /// <summary>Its memory lacks the embedding.</summary>
    public bool LoadsEmbedding(int seat) => LacksEmbedding(_loaded[seat]);

    /// <summary>Its memory lacks the head.</summary>
    public bool LoadsHead(int seat) => LacksHead(_loaded[seat]);

    private bool LacksEmbedding(HeldLayers held) => !held.Embedding && !(_model.TiedHead && held.Head);

    private static bool LacksHead(HeldLayers held) => !held.Head;

    /// <summary>What lies on a node's disk or in any of its memories.</summary>
    private static HeldLayers OnNode(PlacementNode node) => new()
    {
        Ranges = [.. node.OnDisk.Ranges, .. node.Devices.SelectMany(device => device.Resident?.Ranges ?? [])],
        Embedding = node.OnDisk.Embedding || node.Devices.Any(device => device.Resident is { Embedding: true }),
        Head = node.OnDisk.Head || node.Devices.Any(device => device.Resident is { Head: true }),
    };

    private static List<LayerRange> Gaps(LayerRange layers, Func<int, bool> wanted)
    {
        var ranges = new List<LayerRange>();
        for (var layer = layers.Start; layer < layers.End; layer++)
        {
            if (!wanted(layer)) continue;
            if (ranges.Count > 0 && ranges[^1].End == layer) ranges[^1] = new LayerRange(ranges[^1].Start, layer + 1);
            else ranges.Add(new LayerRange(layer, layer + 1));
        }

        return ranges;
    }

    private long[] Missing(HeldLayers held, Func<LayerCost, long> byteCount)
    {
        var sums = new long[_model.Layers.Count + 1];
        var anyHeld = held.Ranges.Count > 0;
        for (var i = 0; i < _model.Layers.Count; i++) sums[i + 1] = sums[i] + (anyHeld && held.Contains(i) ? 0 : byteCount(_model.Layers[i]));
        return sums;
    }

    private long MissingEnds(HeldLayers held, bool first, bool last, long embeddingByteCount, long headByteCount)
    {
        if (!last || held.Head) return first && LacksEmbedding(held) ? embeddingByteCount : 0;
        if (!_model.TiedHead) return (first && !held.Embedding ? embeddingByteCount : 0) + headByteCount;
        // A tied head is the embedding and the final norm.
        return held.Embedding ? Math.Max(0, headByteCount - embeddingByteCount) : headByteCount;
    }
}
