using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>
/// Something that watchers may want to see: a snapshot, never a difference. A later one of the same <see cref="Key"/> takes its place,
/// so any may be missed and none hurts twice. Exactly one of the others is set, or none but <see cref="Failure"/>.
/// </summary>
public sealed record ExoEvent
{
    /// <summary>What it is a snapshot of: "pull:org/name", "load:stories", "models", "nodes".</summary>
    public required string Key { get; init; }

    public PullProgress? Pull { get; init; }

    public LoadSnapshot? Load { get; init; }

    /// <summary>The models that are loaded, all of them.</summary>
    public IReadOnlyList<LoadedModelInfo>? Models { get; init; }

    /// <summary>The machines, all of them.</summary>
    public IReadOnlyList<NodeState>? Nodes { get; init; }

    /// <summary>What went wrong with the pull or load of that key; it has ended.</summary>
    public string? Failure { get; init; }

    /// <summary>No later snapshot of the key will come but of a new beginning: the pull or load has ended.</summary>
    [JsonIgnore]
    public bool IsLast => Failure is not null || Pull is { Phase: PullPhase.Done } || Load is { Fraction: >= 1 };
}

/// <summary>Where a load stands.</summary>
/// <param name="Fraction">0 to 1; 1: the model is ready.</param>
public sealed record LoadSnapshot(string Model, double Fraction);
