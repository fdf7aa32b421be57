using System.Runtime.CompilerServices;
using Exo.Api;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Orleans.Runtime;

namespace Exo.Grains.Cluster;

/// <summary>
/// Finds the deployment that answers for a model, having it made where there is none. The model's grain may be lost with its silo at any moment:
/// the next call makes another, so that every call here is tried again for a while. All of them may be made twice.
/// </summary>
internal sealed class Deployments(IGrainFactory grains, IClusterMembershipService membership, NodeOptions node, TimeProvider time)
{
    /// <summary>A dead silo is noticed within three seconds; its grains are reachable again soon after.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What is only noted is answered at once. A call that was on its way when the grain's silo died, or went by way of a silo that knew less, may never
    /// be answered, and Orleans waits half a minute for it: the next one finds the grain elsewhere.
    /// </summary>
    public static readonly TimeSpan NotePatience = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until a deployment answers.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="options">How it is deployed where it isn't; its format counts where it is, too.</param>
    /// <param name="cancellationToken">Ends the wait; what was begun goes on.</param>
    /// <exception cref="ExoException">The model can't be deployed.</exception>
    public async Task<Deployment> ReadyAsync(string model, DeployOptions options, CancellationToken cancellationToken)
    {
        Deployment? ready = null;
        await foreach (var snapshot in WatchAsync(model, options, insists: false, cancellationToken)) ready = snapshot.Deployment;
        return ready!;
    }

    /// <summary>The snapshots up to the first whose deployment answers and is alike what a load asks for.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="options">How it is to be deployed.</param>
    /// <param name="cancellationToken">Ends the wait; what was begun goes on.</param>
    /// <exception cref="ExoException">The model can't be deployed, or not so now.</exception>
    public IAsyncEnumerable<ModelSnapshot> LoadAsync(string model, DeployOptions options, CancellationToken cancellationToken) => WatchAsync(model, options, insists: true, cancellationToken);

    /// <param name="insists">All that the options name counts; else only the format does, and the others tell how it is deployed where it isn't.</param>
    private async IAsyncEnumerable<ModelSnapshot> WatchAsync(string model, DeployOptions options, bool insists, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        options = options with { KeepAlive = node.KeepAlive };
        var grain = grains.GetGrain<IModelGrain>(model);
        var counting = insists ? options : new DeployOptions { Quantization = options.Quantization };
        var snapshot = await DeployAsync(grain, options, insists, cancellationToken);
        while (true)
        {
            yield return snapshot;
            var isOther = snapshot is { Phase: ModelPhase.Ready, Deployment: { } deployment } && !Likeness.IsAlike(counting, deployment.Options ?? new DeployOptions(), deployment);
            if (snapshot is { Phase: ModelPhase.Ready, Deployment: not null } && !isOther) yield break;
            if (snapshot.Phase == ModelPhase.Failed) throw new ExoException(snapshot.ErrorKind ?? ExoErrorKind.Failure, snapshot.Error ?? $"{model} can't be deployed");
            var (version, idle) = (snapshot.Version, isOther || snapshot.Phase == ModelPhase.Idle);
            snapshot = await (idle ? DeployAsync(grain, options, insists, cancellationToken) : NextAsync(grain, version, cancellationToken));
        }
    }

    /// <summary>Where a model stands now.</summary>
    public Task<ModelSnapshot> GetAsync(string model, CancellationToken cancellationToken) =>
        TryAsync(() => grains.GetGrain<IModelGrain>(model).GetAsync(cancellationToken).WaitAsync(NotePatience, time, cancellationToken), cancellationToken);

    /// <summary>A model's snapshot once its version is another, or after some seconds as it is.</summary>
    public Task<ModelSnapshot> NextAsync(IModelGrain grain, long version, CancellationToken cancellationToken) => NextAsync(() => grain.WatchAsync(version, cancellationToken), cancellationToken);

    /// <summary>The same for one who watches a pull.</summary>
    public Task<ModelSnapshot> NextOfPullAsync(IModelGrain grain, string watcher, long version, CancellationToken cancellationToken) =>
        NextAsync(() => grain.WatchPullAsync(watcher, version, cancellationToken), cancellationToken);

    /// <summary>Has a deployment looked at that somebody found broken.</summary>
    /// <returns>Where the model stands then: another epoch is on its way, or the same one was found whole.</returns>
    public Task<ModelSnapshot> ReportLossAsync(string model, long epoch, string reason, CancellationToken cancellationToken) =>
        TryAsync(() => grains.GetGrain<IModelGrain>(model).ReportLossAsync(epoch, reason, cancellationToken).WaitAsync(NotePatience, time, cancellationToken), cancellationToken);

    /// <summary>
    /// Makes a call that may meet a grain whose silo is just being lost. It is made again when any silo dies meanwhile: nobody here knows which one has the
    /// grain, or lies on the way to it. However long it takes otherwise, it is waited for.
    /// </summary>
    /// <exception cref="ExoException">The grain refused, in its words, or the cluster doesn't answer.</exception>
    public async Task<T> TryAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await UntilALossAsync(call, cancellationToken);
            }
            catch (ModelRefusedException refused)
            {
                throw new ExoException(refused.Kind, refused.Message, refused);
            }
            catch (Exception failure) when (failure is OrleansException or TimeoutException && !cancellationToken.IsCancellationRequested)
            {
                if (time.GetElapsedTime(started) > Patience)
                    throw new ExoException(ExoErrorKind.Unavailable, $"the cluster doesn't answer: {failure.Message}", failure);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    private Task<ModelSnapshot> NextAsync(Func<Task<ModelSnapshot>> watch, CancellationToken cancellationToken) =>
        TryAsync(() => watch().WaitAsync(ModelGrain.WatchPatience + NotePatience, time, cancellationToken), cancellationToken);

    private Task<ModelSnapshot> DeployAsync(IModelGrain grain, DeployOptions options, bool insists, CancellationToken cancellationToken) =>
        TryAsync(() => (insists ? grain.LoadAsync(options, cancellationToken) : grain.DeployAsync(options, cancellationToken)).WaitAsync(NotePatience, time, cancellationToken), cancellationToken);

    /// <exception cref="TimeoutException">A silo died before the call was answered.</exception>
    private async Task<T> UntilALossAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loss = membership.AnyDeadAsync(over.Token);
        try
        {
            var answer = call();
            if (await Task.WhenAny(answer, loss) == answer) return await answer;
            await loss;
            throw new TimeoutException("a node was lost while the model's grain was asked");
        }
        finally
        {
            await over.CancelAsync();
        }
    }
}
