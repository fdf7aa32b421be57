using System.Runtime.CompilerServices;
using Exo.Api;
using Exo.Grains.Hosting;
using Exo.Grains.Models;

namespace Exo.Grains.Cluster;

/// <summary>One watcher's view of a pull that the cluster makes once for all who ask for it. Who leaves it leaves the others theirs; the last one ends it.</summary>
internal sealed class ClusterPull(IGrainFactory grains, Deployments deployments, Departure departure)
{
    public async IAsyncEnumerable<PullProgress> ReadAsync(PullRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var grain = grains.GetGrain<IModelGrain>(request.Model);
        var watcher = Guid.NewGuid().ToString("N");
        var (isUnderWay, isWithReader) = (true, false);
        try
        {
            var snapshot = await JoinAsync();
            while (true)
            {
                // What is known of no work any more was lost with its grain: asked for again, it goes on with what is there.
                if (snapshot is { Phase: ModelPhase.Idle, End: null }) snapshot = await JoinAsync();
                if (snapshot.Phase is not (ModelPhase.Planning or ModelPhase.Fetching) && snapshot is not { Phase: ModelPhase.Idle, End: null }) break;
                isWithReader = true;
                yield return ModelReports.PullOf(snapshot);
                isWithReader = false;
                snapshot = await deployments.NextOfPullAsync(grain, watcher, snapshot.Version, cancellationToken);
            }

            isUnderWay = false;
            yield return ModelReports.IsPulled(snapshot) ? ModelReports.PullOf(snapshot) : throw FailureOf(request.Model, snapshot);
        }
        finally
        {
            // Whoever is cut off by this node's leaving goes on at another one. What is verified stays on the nodes either way.
            if (isUnderWay && (isWithReader || cancellationToken.IsCancellationRequested) && !departure.HasBegun)
                await deployments.TryAsync(() => grain.LeavePullAsync(watcher, CancellationToken.None), CancellationToken.None);
        }

        async Task<ModelSnapshot> JoinAsync()
        {
            var joined = await deployments.TryAsync(() => grain.JoinPullAsync(new DeployOptions(), watcher, cancellationToken), cancellationToken);
            return request.Priority == 0 || joined.Phase is not (ModelPhase.Planning or ModelPhase.Fetching)
                ? joined
                : await deployments.TryAsync(() => grain.ControlPullAsync(paused: null, request.Priority, cancellationToken), cancellationToken);
        }
    }

    private static ExoException FailureOf(string model, ModelSnapshot snapshot) => snapshot.Phase == ModelPhase.Failed
        ? new ExoException(snapshot.ErrorKind ?? ExoErrorKind.Failure, snapshot.Error ?? $"{model} can't be pulled")
        : new ExoException(ExoErrorKind.Failure, $"the pull of {model} was cancelled: what has come stays, 'exo pull {model}' goes on from there");
}
