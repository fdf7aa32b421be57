using Exo.Grains.Nodes;

namespace Exo.Grains.Models;

/// <summary>What a model's grain keeps over its moves: what is wanted, and what was last made of it. All of it can be asked of the nodes again.</summary>
[GenerateSerializer, Alias("exo.ModelRecord")]
public sealed record ModelRecord
{
    [Id(0)]
    public ModelGoal Goal { get; init; }

    [Id(1)]
    public DeployOptions Options { get; init; } = new();

    /// <summary>The last deployment that was planned; null where none is wanted.</summary>
    [Id(2)]
    public Deployment? Deployment { get; init; }

    /// <summary>The highest epoch ever given out.</summary>
    [Id(3)]
    public long Epoch { get; init; }

    [Id(4)]
    public DateTimeOffset LastUsed { get; init; }

    /// <summary>How the fetches are to run.</summary>
    [Id(5)]
    public FetchControl Control { get; init; } = new();
}

/// <summary>What is wanted of a model.</summary>
[GenerateSerializer, Alias("exo.ModelGoal")]
public enum ModelGoal
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Its layers on the nodes' disks.</summary>
    Fetched,

    /// <summary>An answer.</summary>
    Deployed,
}
