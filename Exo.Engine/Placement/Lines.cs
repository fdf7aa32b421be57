namespace Exo.Engine.Placement;

/// <summary>What a message from one node to another takes.</summary>
internal sealed class Lines
{
    private readonly Dictionary<(string From, string To), LinkSpeed> _links = [];
    private readonly PlacementCluster _cluster;

    public Lines(PlacementCluster cluster)
    {
        _cluster = cluster;
        foreach (var link in cluster.Links) _links[(link.From, link.To)] = link.Speed;
    }

    public LinkSpeed Between(string from, string to) =>
        from == to ? _cluster.WithinNode : _links.TryGetValue((from, to), out var speed) ? speed : _cluster.Unmeasured;
}
