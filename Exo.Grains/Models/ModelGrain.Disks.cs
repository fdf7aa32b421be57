using Exo.Grains.Nodes;

namespace Exo.Grains.Models;

/// <summary>Onto the nodes' disks, and off them.</summary>
internal sealed partial class ModelGrain
{
    public Task<ModelSnapshot> PullAsync(DeployOptions options, CancellationToken cancellationToken = default)
    {
        RefuseWhileRemoved();
        if (Record.Goal != ModelGoal.None) return Task.FromResult(_board.Current);
        _watchers.Begin();
        _records.Set(Record with { Goal = ModelGoal.Fetched, Options = options });
        _work.Begin("it is to be on the nodes' disks", newest: true);
        return Task.FromResult(_board.Current);
    }

    public async Task<ModelSnapshot> JoinPullAsync(DeployOptions options, string watcher, CancellationToken cancellationToken = default)
    {
        var joined = await PullAsync(options, cancellationToken);
        _watchers.See(watcher);
        return joined;
    }

    public Task<ModelSnapshot> WatchPullAsync(string watcher, long version, CancellationToken cancellationToken = default)
    {
        _watchers.See(watcher);
        return WatchAsync(version, cancellationToken);
    }

    public async Task<ModelSnapshot> LeavePullAsync(string watcher, CancellationToken cancellationToken = default)
    {
        _watchers.Leave(watcher);
        await CancelDesertedAsync(cancellationToken);
        return _board.Current;
    }

    public async Task<ModelSnapshot> ControlPullAsync(bool? paused, int? priority, CancellationToken cancellationToken = default)
    {
        if (_board.Current.Phase is not (ModelPhase.Planning or ModelPhase.Fetching)) return _board.Current;
        var now = Record.Control;
        await _fetcher.ControlAsync(Model, new FetchControl(paused ?? now.IsPaused, priority ?? now.Priority), cancellationToken);
        return _board.Current;
    }

    public async Task<ModelSnapshot> CancelPullAsync(CancellationToken cancellationToken = default)
    {
        if (_board.Current.Phase is ModelPhase.Planning or ModelPhase.Fetching)
        {
            var end = new WorkEnd(WorkOutcome.Cancelled, Record.Goal, _board.Current.Phase);
            _work.Forget();
            _board.Set(_board.Current with { Phase = ModelPhase.Idle, Deployment = null, End = end });
        }

        await _fetcher.CancelAsync(Model, cancellationToken);
        return _board.Current;
    }

    public async Task<long> RemoveAsync(Guid request, CancellationToken cancellationToken = default)
    {
        store.ScopeOf(Model);
        if (Record.Goal != ModelGoal.None)
        {
            throw new ModelRefusedException(Api.ExoErrorKind.Busy, Record.Goal == ModelGoal.Deployed
                ? $"{Model} is loaded, or about to be: 'exo stop {Model}' frees it, and it can be removed then"
                : $"{Model} is being pulled just now: wait until that ends, or cancel it, and remove it then");
        }

        _removals++;
        try
        {
            await _work.Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext); // It may be ending still.
            return await new ModelRemoval(Model, nodes).RunAsync(request, cancellationToken);
        }
        finally
        {
            _removals--;
        }
    }

    /// <summary>What somebody wants in memory is not their watchers' to give up.</summary>
    private async Task CancelDesertedAsync(CancellationToken cancellationToken)
    {
        if (Record.Goal == ModelGoal.Fetched && _watchers.IsDeserted) await CancelPullAsync(cancellationToken);
    }

    private void RefuseWhileRemoved()
    {
        if (_removals > 0) throw new ModelRefusedException(Api.ExoErrorKind.Busy, $"{Model} is being removed just now: ask again when that has ended");
    }
}
