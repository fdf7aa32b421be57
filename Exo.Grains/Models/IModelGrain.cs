using Orleans.Concurrency;

namespace Exo.Grains.Models;

/// <summary>
/// One model in the cluster: which nodes hold which layers, what is being fetched, and the deployment that answers.
/// Key: the model as a person names it, "org/name[:variant][@revision]", a sample's name, or a path that every node has.
/// </summary>
/// <remarks>Every call but a removal returns at once; what takes long goes on by itself, and <see cref="WatchAsync"/> tells how far it is.</remarks>
[Alias("exo.IModelGrain")]
public interface IModelGrain : IGrainWithStringKey
{
    /// <summary>Where the model stands.</summary>
    [Alias("Get"), AlwaysInterleave]
    Task<ModelSnapshot> GetAsync(CancellationToken cancellationToken = default);

    /// <summary>Returns when the snapshot's version is no longer <paramref name="version"/>, or after some seconds as it is.</summary>
    [Alias("Watch"), AlwaysInterleave]
    Task<ModelSnapshot> WatchAsync(long version, CancellationToken cancellationToken = default);

    /// <summary>What a deployment would look like, and why, before anything moves.</summary>
    /// <exception cref="ModelRefusedException">It doesn't fit, or there is no such model; the message does the sum.</exception>
    [Alias("Plan"), AlwaysInterleave]
    Task<DeploymentPlan> PlanAsync(DeployOptions options, CancellationToken cancellationToken = default);

    /// <summary>Has the model deployed: plans, fetches what is missing, loads. One that is deployed in that format, or on its way, is left as it is.</summary>
    /// <exception cref="ModelRefusedException">It is in use with its weights in another format, or has no room in this one.</exception>
    [Alias("Deploy")]
    Task<ModelSnapshot> DeployAsync(DeployOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="DeployAsync"/>, and one that is deployed otherwise than the options say by name is deployed anew while nobody is answered.
    /// </summary>
    /// <exception cref="ModelRefusedException">It answers, or is being made ready for somebody; or what is asked for has no room. It stays as it is then.</exception>
    [Alias("Load")]
    Task<ModelSnapshot> LoadAsync(DeployOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// Somebody found the deployment of an epoch broken. It is looked at, and replaced under a higher epoch where that is so; a report of an
    /// epoch that was replaced already changes nothing.
    /// </summary>
    [Alias("ReportLoss")]
    Task<ModelSnapshot> ReportLossAsync(long epoch, string reason, CancellationToken cancellationToken = default);

    /// <summary>A node has left the cluster, or is about to. Where it has a part in the model's deployment or fetches, others take it over.</summary>
    [Alias("NoticeLoss")]
    Task NoticeLossAsync(string node, CancellationToken cancellationToken = default);

    /// <summary>How the model is used: whom another one that needs its memory would displace.</summary>
    [Alias("GetUse"), AlwaysInterleave]
    Task<ModelUse> GetUseAsync(CancellationToken cancellationToken = default);

    /// <summary>Frees the model's memory for another model, unless it is in use, or was used after <paramref name="lastUsed"/>. False where it stays.</summary>
    [Alias("GiveWay")]
    Task<bool> GiveWayAsync(DateTimeOffset lastUsed, CancellationToken cancellationToken = default);

    /// <summary>Fetches the model without loading it: each node the layers it would run.</summary>
    [Alias("Pull")]
    Task<ModelSnapshot> PullAsync(DeployOptions options, CancellationToken cancellationToken = default);

    /// <summary>The same for somebody who watches it: <see cref="WatchPullAsync"/> says that they still do. Joining again changes nothing.</summary>
    /// <param name="options">How it is placed, where nothing is under way.</param>
    /// <param name="watcher">A name of their own for this pull.</param>
    /// <param name="cancellationToken">Ends the call; what was begun goes on.</param>
    [Alias("JoinPull")]
    Task<ModelSnapshot> JoinPullAsync(DeployOptions options, string watcher, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="WatchAsync"/>, for a watcher of a pull: one that doesn't ask for a while counts as lost.</summary>
    [Alias("WatchPull"), AlwaysInterleave]
    Task<ModelSnapshot> WatchPullAsync(string watcher, long version, CancellationToken cancellationToken = default);

    /// <summary>A watcher leaves. The pull is cancelled where no other watches it and nobody wants the model in memory.</summary>
    [Alias("LeavePull")]
    Task<ModelSnapshot> LeavePullAsync(string watcher, CancellationToken cancellationToken = default);

    /// <summary>Pauses or resumes the fetches of what is being pulled or deployed, or changes their priority; nothing where nothing is. What is null stays as it is.</summary>
    [Alias("ControlPull"), AlwaysInterleave]
    Task<ModelSnapshot> ControlPullAsync(bool? paused, int? priority, CancellationToken cancellationToken = default);

    /// <summary>Ends the fetches on all nodes, whoever watches; what is verified stays.</summary>
    [Alias("CancelPull")]
    Task<ModelSnapshot> CancelPullAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes the model off the disks of all nodes. While that lasts it can be neither deployed nor pulled.</summary>
    /// <param name="request">Asked again with the same one, it is the same removal: no byte is left out or told twice.</param>
    /// <param name="cancellationToken">Ends the asking; a removal that has begun goes on.</param>
    /// <returns>Bytes freed, of all nodes.</returns>
    /// <exception cref="ModelRefusedException">It is wanted or in use, on no disk, or not all nodes could be reached: the message says which, and what the others did.</exception>
    [Alias("Remove"), AlwaysInterleave, ResponseTimeout("00:10:00")]
    Task<long> RemoveAsync(Guid request, CancellationToken cancellationToken = default);

    /// <summary>Frees the model's memory on all nodes. False where it was not deployed.</summary>
    [Alias("Unload")]
    Task<bool> UnloadAsync(CancellationToken cancellationToken = default);
}
