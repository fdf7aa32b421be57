using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Exo.Grains.Nodes;

/// <summary>A machine of the cluster: its facts, its store and its running fetches. Pinned. Key: the node's name, which is its silo's.</summary>
[Alias("exo.INodeGrain")]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>What the machine is and holds. Cheap: measurements are taken once and kept.</summary>
    [Alias("GetFacts"), AlwaysInterleave]
    Task<NodeFacts> GetFactsAsync(CancellationToken cancellationToken = default);

    /// <summary>Returns what it is given: the other end of a link's measurement.</summary>
    [Alias("Echo"), AlwaysInterleave]
    ValueTask<Wire.Frame> EchoAsync(Wire.Frame frame);

    /// <summary>Measures the links to other nodes: latency and bandwidth as grain calls see them.</summary>
    [Alias("MeasureLinks"), AlwaysInterleave]
    Task<ImmutableArray<LinkFacts>> MeasureLinksAsync(ImmutableArray<string> nodes, CancellationToken cancellationToken = default);

    /// <summary>Starts to fetch what is missing of a model's layers and returns at once; a fetch of the same layers that runs already is joined.</summary>
    [Alias("Fetch"), AlwaysInterleave]
    Task<FetchState> FetchAsync(FetchOrder order, CancellationToken cancellationToken = default);

    /// <summary>Where the node's fetch of a model stands; null where there is none.</summary>
    [Alias("GetFetch"), AlwaysInterleave]
    Task<FetchState?> GetFetchAsync(string model, CancellationToken cancellationToken = default);

    /// <summary>Pauses or resumes the node's running fetch of a model, or changes its priority; nothing where there is none.</summary>
    [Alias("ControlFetch"), AlwaysInterleave]
    Task ControlFetchAsync(string model, FetchControl control, CancellationToken cancellationToken = default);

    /// <summary>Ends a fetch; what is verified stays.</summary>
    [Alias("CancelFetch"), AlwaysInterleave]
    Task CancelFetchAsync(string model, CancellationToken cancellationToken = default);

    /// <summary>What stands against taking a model off the node's disk, in words; null where nothing does.</summary>
    /// <exception cref="Models.ModelRefusedException">Its name is none of a model from the hub.</exception>
    [Alias("FindUse"), AlwaysInterleave]
    Task<string?> FindUseAsync(string model, CancellationToken cancellationToken = default);

    /// <summary>Takes a model off the node's disk, whole files and slices, and ends what fetches it still; to be asked by the model's grain, which knows that nobody wants it.</summary>
    /// <param name="model">The model's name: with a revision that one, else all of them; with a variant only that.</param>
    /// <param name="request">Asked again with the same one, it is the same removal and tells the same.</param>
    /// <param name="cancellationToken">Ends the wait; the removal goes on.</param>
    /// <returns>Bytes freed; null where the node had nothing of it.</returns>
    /// <exception cref="Models.ModelRefusedException">It is in use, or the disk refuses.</exception>
    [Alias("Remove"), AlwaysInterleave, ResponseTimeout("00:10:00")]
    Task<long?> RemoveAsync(string model, Guid request, CancellationToken cancellationToken = default);

    /// <summary>The newest deployment of a model that this node has a shard of in memory; null where it has none.</summary>
    [Alias("GetDeployment"), AlwaysInterleave]
    Task<Models.Deployment?> GetDeploymentAsync(string model, CancellationToken cancellationToken = default);

    /// <summary>Frees what the node holds in memory of a model's epochs up to this one.</summary>
    [Alias("Retire"), AlwaysInterleave]
    Task RetireAsync(string model, long epoch, CancellationToken cancellationToken = default);
}

/// <summary>A contiguous range of layers that a node is to have on its disk.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Commit">The commit; null for samples and paths, which are there or not.</param>
/// <param name="FirstLayer">The first layer.</param>
/// <param name="EndLayer">The layer after the last. Equal to the first: configuration, tokenizer and headers only.</param>
/// <param name="Peers">Mirrors of nodes that have some of it, asked before the hub.</param>
/// <param name="WithHead">
/// False: norm and head are left for later, of a range that ends the model. Where they are the embedding, which another node is fetching, they
/// are had from there afterwards.
/// </param>
/// <param name="Deployment">What the fetch is part of: who finds it running without its model's grain goes on with that.</param>
/// <param name="Goal">What is wanted of the model then.</param>
/// <param name="IsWhole">No other node has or gets layers of it: it goes into the node's Hugging Face cache, where other tools find it too.</param>
/// <param name="Control">How it is to run where it has to be begun; null: as the one that it takes the place of.</param>
[GenerateSerializer, Immutable, Alias("exo.FetchOrder")]
public sealed record FetchOrder(
    [property: Id(0)] string Model,
    [property: Id(1)] string? Commit,
    [property: Id(2)] int FirstLayer,
    [property: Id(3)] int EndLayer,
    [property: Id(4)] ImmutableArray<Uri> Peers,
    [property: Id(5)] bool WithHead = true,
    [property: Id(6)] Models.Deployment? Deployment = null,
    [property: Id(7)] Models.ModelGoal Goal = Models.ModelGoal.None,
    [property: Id(8)] bool IsWhole = false,
    [property: Id(9)] FetchControl? Control = null);

/// <summary>How a fetch runs.</summary>
/// <param name="IsPaused">It asks for no further byte.</param>
/// <param name="Priority">Higher goes first where fetches compete for connections.</param>
[GenerateSerializer, Immutable, Alias("exo.FetchControl")]
public sealed record FetchControl(
    [property: Id(0)] bool IsPaused = false,
    [property: Id(1)] int Priority = 0);

/// <summary>Where a fetch stands: a snapshot, never a difference.</summary>
[GenerateSerializer, Immutable, Alias("exo.FetchState")]
public sealed record FetchState
{
    [Id(0)]
    public required FetchOrder Order { get; init; }

    [Id(1)]
    public required FetchPhase Phase { get; init; }

    [Id(2)]
    public long BytesWanted { get; init; }

    [Id(3)]
    public long BytesDone { get; init; }

    [Id(4)]
    public long BytesFromPeers { get; init; }

    [Id(5)]
    public double BytesPerSecond { get; init; }

    /// <summary>What it is waiting out at present, in words.</summary>
    [Id(6)]
    public string? Trouble { get; init; }

    /// <summary>Why it failed, in words fit to be shown.</summary>
    [Id(7)]
    public string? Error { get; init; }

    [Id(8)]
    public Api.ExoErrorKind? ErrorKind { get; init; }

    /// <summary>It was told to ask for no further byte.</summary>
    [Id(9)]
    public bool IsPaused { get; init; }

    [Id(10)]
    public int Priority { get; init; }

    /// <summary>Of the bytes done, those that were on this disk before.</summary>
    [Id(11)]
    public long BytesFromCache { get; init; }

    /// <summary>How it was told to run.</summary>
    public FetchControl Control => new(IsPaused, Priority);
}

/// <summary>Where a fetch stands.</summary>
[GenerateSerializer, Alias("exo.FetchPhase")]
public enum FetchPhase
{
    Running,
    Done,
    Failed,
    Cancelled,
}
