namespace Exo.Engine.Placement;

/// <summary>The machines there are and the lines between them.</summary>
public sealed record PlacementCluster
{
    public required IReadOnlyList<PlacementNode> Nodes { get; init; }

    /// <summary>Measured lines, each in one direction.</summary>
    public IReadOnlyList<PlacementLink> Links { get; init; } = [];

    /// <summary>
    /// The node where the scheduler sits: token ids leave it for the first shard and come back to it from the last. It need not hold layers, and
    /// may be none of <see cref="Nodes"/> where it has links. Null: it goes where the first shard goes.
    /// </summary>
    public string? Home { get; init; }

    /// <summary>What a pair of nodes is taken to be that nobody has measured: a gigabit network.</summary>
    public LinkSpeed Unmeasured { get; init; } = new(TimeSpan.FromMilliseconds(0.5), 110e6);

    /// <summary>What it takes from one shard to the next on the same node: a queue between two threads.</summary>
    public LinkSpeed WithinNode { get; init; } = new(TimeSpan.FromMilliseconds(0.02), 5e9);
}

/// <summary>A line from one node to another.</summary>
/// <param name="From">A node's name.</param>
/// <param name="To">Another's.</param>
/// <param name="Speed">As measured in this direction, message to message.</param>
public sealed record PlacementLink(string From, string To, LinkSpeed Speed);

/// <summary>What a message takes.</summary>
/// <param name="Latency">One way, of a message of no bytes, with all that serializes and delivers it.</param>
/// <param name="BytesPerSecond">Above 0.</param>
public readonly record struct LinkSpeed(TimeSpan Latency, double BytesPerSecond)
{
    /// <summary>Seconds that a message of so many bytes takes.</summary>
    public double Seconds(double byteCount) => Latency.TotalSeconds + byteCount / BytesPerSecond;
}
