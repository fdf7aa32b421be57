using System.Collections.Immutable;

namespace Exo.Grains.Models;

/// <summary>Where a model stands in the cluster: whole in itself, so that any may be missed. Published to the model's stream.</summary>
[GenerateSerializer, Immutable, Alias("exo.ModelSnapshot")]
public sealed record ModelSnapshot
{
    [Id(0)]
    public required string Model { get; init; }

    /// <summary>Rises with every change, also over the grain's moves between silos.</summary>
    [Id(1)]
    public required long Version { get; init; }

    [Id(2)]
    public required ModelPhase Phase { get; init; }

    /// <summary>What answers, or is being made ready; null where nothing is deployed.</summary>
    [Id(3)]
    public Deployment? Deployment { get; init; }

    /// <summary>What each node has to do and has done.</summary>
    [Id(4)]
    public ImmutableArray<NodeWork> Nodes { get; init; } = [];

    /// <summary>Why the last deployment or pull failed, in words fit to be shown.</summary>
    [Id(5)]
    public string? Error { get; init; }

    /// <summary>What kind of failure <see cref="Error"/> is.</summary>
    [Id(6)]
    public Api.ExoErrorKind? ErrorKind { get; init; }

    /// <summary>What went wrong on the way and was got over, in words fit to be shown; null where nothing did.</summary>
    [Id(7)]
    public string? Notice { get; init; }

    /// <summary>How the last work ended where nothing came to be deployed; null while work goes on, where a deployment answers, and where nothing is known of any.</summary>
    [Id(8)]
    public WorkEnd? End { get; init; }
}

/// <summary>How work on a model ended.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Goal">What was wanted.</param>
/// <param name="Phase">How far it was.</param>
[GenerateSerializer, Immutable, Alias("exo.WorkEnd")]
public sealed record WorkEnd([property: Id(0)] WorkOutcome Outcome, [property: Id(1)] ModelGoal Goal, [property: Id(2)] ModelPhase Phase);

/// <summary>What came of work on a model.</summary>
[GenerateSerializer, Alias("exo.WorkOutcome")]
public enum WorkOutcome
{
    /// <summary>What was wanted is there.</summary>
    Done,

    /// <summary>Nobody wanted it any more.</summary>
    Cancelled,

    /// <summary>See <see cref="ModelSnapshot.Error"/>.</summary>
    Failed,
}

/// <summary>Where a model stands.</summary>
[GenerateSerializer, Alias("exo.ModelPhase")]
public enum ModelPhase
{
    /// <summary>Not deployed, nothing under way.</summary>
    Idle,

    /// <summary>Headers are read, nodes asked, layers placed.</summary>
    Planning,

    /// <summary>Nodes fetch what they lack.</summary>
    Fetching,

    /// <summary>Nodes load their layers.</summary>
    Loading,

    /// <summary>The deployment answers.</summary>
    Ready,

    /// <summary>See <see cref="ModelSnapshot.Error"/>; the next request tries again.</summary>
    Failed,
}

/// <summary>One node's part in fetching and loading a model.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="FirstLayer">The first layer it is to hold.</param>
/// <param name="EndLayer">The layer after the last.</param>
/// <param name="BytesWanted">Bytes its layers are.</param>
/// <param name="BytesDone">Of them, those that are on its disk.</param>
/// <param name="BytesFromPeers">Of them, those that other nodes gave.</param>
/// <param name="BytesPerSecond">Smoothed.</param>
/// <param name="LoadedFraction">0 to 1.</param>
/// <param name="Trouble">What it is waiting out at present, in words.</param>
/// <param name="IsPaused">Its fetch was told to ask for no further byte.</param>
/// <param name="BytesFromCache">Of the bytes done, those that were on its disk before.</param>
[GenerateSerializer, Immutable, Alias("exo.NodeWork")]
public sealed record NodeWork(
    [property: Id(0)] string Node,
    [property: Id(1)] int FirstLayer,
    [property: Id(2)] int EndLayer,
    [property: Id(3)] long BytesWanted,
    [property: Id(4)] long BytesDone,
    [property: Id(5)] long BytesFromPeers,
    [property: Id(6)] double BytesPerSecond,
    [property: Id(7)] double LoadedFraction,
    [property: Id(8)] string? Trouble = null,
    [property: Id(9)] bool IsPaused = false,
    [property: Id(10)] long BytesFromCache = 0);

/// <summary>What a deployment would look like.</summary>
[GenerateSerializer, Immutable, Alias("exo.DeploymentPlan")]
public sealed record DeploymentPlan
{
    /// <summary>The deployment, its epoch 0; null where the model doesn't fit, which the report explains with the sums.</summary>
    [Id(0)]
    public Deployment? Deployment { get; init; }

    /// <summary>The planner's report as JSON of <c>Exo.Api.PlacementReport</c>: reasons are for people, and change.</summary>
    [Id(1)]
    public required string ReportJson { get; init; }
}

/// <summary>How a deployed model is used.</summary>
/// <param name="Model">Its name.</param>
/// <param name="IsDeployed">It holds memory, or is on its way to.</param>
/// <param name="IsInUse">It answers at present, or is being made ready for somebody.</param>
/// <param name="LastUsed">When it was last asked for.</param>
[GenerateSerializer, Immutable, Alias("exo.ModelUse")]
public sealed record ModelUse(
    [property: Id(0)] string Model,
    [property: Id(1)] bool IsDeployed,
    [property: Id(2)] bool IsInUse,
    [property: Id(3)] DateTimeOffset LastUsed);

/// <summary>A model can't be deployed or fetched; the message says why and what to do.</summary>
[GenerateSerializer, Alias("exo.ModelRefusedException")]
public sealed class ModelRefusedException(Api.ExoErrorKind kind, string message) : Exception(message)
{
    /// <summary>What kind of failure it is.</summary>
    [Id(0)]
    public Api.ExoErrorKind Kind { get; } = kind;
}
