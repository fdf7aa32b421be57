namespace Exo.Api;

/// <summary>What answers, on which machines, doing what.</summary>
public sealed record ServiceState
{
    public required string Version { get; init; }

    public required IReadOnlyList<NodeState> Nodes { get; init; }

    public required IReadOnlyList<LoadedModelInfo> Models { get; init; }

    public required IReadOnlyList<PullProgress> Pulls { get; init; }
}
