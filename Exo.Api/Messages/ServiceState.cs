namespace Exo.Api;

/// <summary>What answers, on which machines, doing what.</summary>
public sealed record ServiceState
{
    public required string Version { get; init; }

    public required IReadOnlyList<NodeState> Nodes { get; init; }

    public required IReadOnlyList<LoadedModelInfo> Models { get; init; }

    public required IReadOnlyList<PullProgress> Pulls { get; init; }
}

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
}
