using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>One machine.</summary>
public sealed record NodeState
{
    public required string Name { get; init; }

    public required int Cores { get; init; }

    /// <summary>Bytes the process may use, limits of its container counted.</summary>
    public required long MemoryByteCount { get; init; }

    /// <summary>Bytes its process has resident now.</summary>
    public required long UsedMemoryByteCount { get; init; }

    /// <summary>Bytes it has had resident at most.</summary>
    public required long PeakMemoryByteCount { get; init; }

    /// <summary>Where the other machines reach it, "host:port"; null for a machine on its own.</summary>
    public string? Address { get; init; }

    public NodeStatus Status { get; init; } = NodeStatus.Active;

    /// <summary>What can run a model.</summary>
    public IReadOnlyList<DeviceState> Devices { get; init => field = value ?? []; } = [];

    /// <summary>What it measured to the other machines.</summary>
    public IReadOnlyList<LinkState> Links { get; init => field = value ?? []; } = [];

    /// <summary>What is in its devices' memory.</summary>
    public IReadOnlyList<ResidentShard> Shards { get; init => field = value ?? []; } = [];

    /// <summary>What is on its disk.</summary>
    public IReadOnlyList<HeldModel> Held { get; init => field = value ?? []; } = [];

    /// <summary>What it fetches.</summary>
    public IReadOnlyList<PullProgress> Pulls { get; init => field = value ?? []; } = [];
}

[JsonConverter(typeof(SnakeCaseEnum<NodeStatus>))]
public enum NodeStatus
{
    /// <summary>Works.</summary>
    Active,

    /// <summary>On its way in.</summary>
    Joining,

    /// <summary>Takes nothing new, ends what runs.</summary>
    Leaving,

    /// <summary>Doesn't answer; not given up yet.</summary>
    Suspected,

    /// <summary>Given up.</summary>
    Lost,
}

/// <summary>A thing that runs models, with memory of its own.</summary>
public sealed record DeviceState
{
    /// <summary>"cpu", "cuda:0", …</summary>
    public required string Name { get; init; }

    /// <summary>What it is, for people; null where that isn't known.</summary>
    public string? Description { get; init; }

    public required long TotalByteCount { get; init; }

    /// <summary>Bytes a model could still take.</summary>
    public required long FreeByteCount { get; init; }

    /// <summary>Bytes a second that it reads from its memory, measured: the limit of decoding. Null while it isn't measured.</summary>
    public double? ReadBytesPerSecond { get; init; }
}

/// <summary>The way to another machine, as measured.</summary>
/// <param name="Node">The other machine's name.</param>
/// <param name="LatencySeconds">One way: half of a small message's median round trip.</param>
/// <param name="BytesPerSecond">Null while it isn't measured.</param>
public sealed record LinkState(string Node, double LatencySeconds, double? BytesPerSecond = null);

/// <summary>A model on a machine's disk, whole or in part.</summary>
/// <param name="Complete">All of it, or all of the layers it names.</param>
/// <param name="FirstLayer">The first of the layers that are there; null where the model is there whole.</param>
/// <param name="EndLayer">One past the last of them.</param>
public sealed record HeldModel(string Model, long ByteCount, bool Complete = true, int? FirstLayer = null, int? EndLayer = null);
