using Exo.Grains.Hosting;
using Exo.Grains.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.Streams;

namespace Exo.Grains.Models;

/// <summary>One model's place of decision: what is wanted of it, and whom to have do it. The work is <see cref="ModelWork"/>'s, the bytes are the nodes'.</summary>
internal sealed partial class ModelGrain(
    NodeCalls nodes, NodeStore store, OpenModels models, NodeOptions options, [FromKeyedServices(ExoGrainsHosting.ProviderName)] IGrainStorage storage, TimeProvider time, ILogger<ModelGrain> logger)
    : Grain, IModelGrain
{
    /// <summary>How long a watch waits for a change.</summary>
    public static readonly TimeSpan WatchPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    /// <summary>The directory may have been lost with its silo.</summary>
    private const int TicksPerNote = 10;

    private SnapshotBoard _board = null!;
    private RecordStore _records = null!;
    private ModelPlanner _planner = null!;
    private ModelFetcher _fetcher = null!;
    private ModelLoader _loader = null!;
    private ModelWork _work = null!;
    private PullWatchers _watchers = null!;
    private IGrainTimer? _timer;
    private IGrainTimer? _watching;
    private DateTimeOffset _lastUsed;
    private bool _isUnloading;
    private int _removals;
    private int _ticks;
    private long _readyEpoch;

    private string Model => this.GetPrimaryKeyString();

    private ModelRecord Record => _records.Record;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var stream = this.GetStreamProvider(ExoGrainsHosting.ProviderName).GetStream<ModelSnapshot>(StreamId.Create(ExoGrainsHosting.ModelStreams, Model));
        _board = new SnapshotBoard(Model, snapshot => _ = PublishAsync(stream, snapshot), time);
        _records = new RecordStore(storage, this.GetGrainId(), logger);
        _planner = new ModelPlanner(Model, options.Name, nodes, store, models);
        _fetcher = new ModelFetcher(nodes, _records, time);
        _loader = new ModelLoader(nodes, GrainFactory, time);
        _work = new ModelWork(Model, _records, _board, _planner, _fetcher, _loader, new MemoryClaim(Model, GrainFactory, nodes, logger), time, logger);
        _watchers = new PullWatchers(time);
        _timer = this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickInterval, TickInterval) { Interleave = true });

        // Not beside a call: whoever joins a pull while it is being cancelled would lose the fetches that it begins.
        _watching = this.RegisterGrainTimer(cancellationToken => CancelDesertedAsync(cancellationToken), new GrainTimerCreationOptions(TickInterval, TickInterval) { Interleave = false });

        // What was wanted before this activation goes on; where nothing is written down of it, the nodes are asked.
        if (!await _records.ReadAsync()) await AskNodesAsync(cancellationToken);
        _lastUsed = Record.LastUsed;
        if (Record is { Goal: not ModelGoal.None, Deployment: { } deployment }) _work.TakeUp(deployment);
        else if (Record.Goal != ModelGoal.None) _work.Begin("it was wanted before this grain moved");
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _work.Stop();
        _board.Close();
        await _records.FlushAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public Task<ModelSnapshot> GetAsync(CancellationToken cancellationToken = default) => Task.FromResult(_board.Current);

    public Task<ModelSnapshot> WatchAsync(long version, CancellationToken cancellationToken = default) => _board.WatchAsync(version, WatchPatience, cancellationToken);

    public async Task<DeploymentPlan> PlanAsync(DeployOptions options, CancellationToken cancellationToken = default)
    {
        var planned = await _planner.PlanAsync(options, ModelGoal.Deployed, newest: false, old: null, before: null, _work.Without, cancellationToken);
        var report = PlacementReports.Of(planned.Input, planned.Placed);
        return new DeploymentPlan { Deployment = planned.Placed.Deployment, ReportJson = System.Text.Json.JsonSerializer.Serialize(report, Api.ExoJson.Default.PlacementReport) };
    }

    public Task<ModelSnapshot> DeployAsync(DeployOptions options, CancellationToken cancellationToken = default) =>
        DeployAsync(options, insists: options.Quantization != Record.Options.Quantization, cancellationToken);

    public Task<ModelSnapshot> LoadAsync(DeployOptions options, CancellationToken cancellationToken = default) =>
        DeployAsync(options, insists: !Likeness.IsAlike(options, Record.Options, Record.Deployment), cancellationToken);

    private async Task<ModelSnapshot> DeployAsync(DeployOptions options, bool insists, CancellationToken cancellationToken)
    {
        RefuseWhileRemoved();
        if (Record.Goal == ModelGoal.Deployed && insists) return await RedeployAsync(options, cancellationToken);
        Touch();
        if (Record.Goal == ModelGoal.Deployed)
        {
            if (options.KeepAlive != Record.Options.KeepAlive) KeepAlive(options.KeepAlive);
            return _board.Current;
        }

        // A pull that is under way goes on into memory, where it was begun for the same shape.
        var joins = Record.Goal == ModelGoal.Fetched && _work.IsRunning && Record.Options with { KeepAlive = options.KeepAlive } == options;
        _records.Set(Record with { Goal = ModelGoal.Deployed, Options = options, LastUsed = _lastUsed });
        if (Record.Control.IsPaused) _ = _fetcher.ControlAsync(Model, Record.Control with { IsPaused = false }, CancellationToken.None); // Somebody waits for it now.
        if (!joins) _work.Begin("somebody asked for it");
        return _board.Current;
    }

    public Task<ModelSnapshot> ReportLossAsync(long epoch, string reason, CancellationToken cancellationToken = default)
    {
        Touch();
        Replace(reason, epoch);
        return Task.FromResult(_board.Current);
    }

    public async Task NoticeLossAsync(string node, CancellationToken cancellationToken = default)
    {
        if (_board.Current.Phase != ModelPhase.Ready || Record.Deployment is not { } deployment || deployment.Shards.All(shard => shard.Node != node)) return;

        // A node may be back already, under its name and with an empty memory; or the word is late and the deployment one of after its return.
        if (nodes.SiloOf(node) is null || !await _loader.IsReadyAsync(deployment, cancellationToken)) Replace($"node '{node}' leaves", deployment.Epoch);
    }

    public async Task<bool> UnloadAsync(CancellationToken cancellationToken = default)
    {
        if (Record.Goal != ModelGoal.Deployed) return false;
        _isUnloading = await IsInUseAsync(cancellationToken); // Then the clock does it, when its answers have ended.
        if (!_isUnloading) await FreeAsync(cancellationToken);
        return true;
    }

    public async Task<ModelUse> GetUseAsync(CancellationToken cancellationToken = default) =>
        new(Model, Record.Goal == ModelGoal.Deployed, await IsInUseAsync(cancellationToken), _lastUsed);

    public async Task<bool> GiveWayAsync(DateTimeOffset lastUsed, CancellationToken cancellationToken = default)
    {
        if (Record.Goal != ModelGoal.Deployed || _lastUsed > lastUsed || await IsInUseAsync(cancellationToken)) return false;
        await FreeAsync(cancellationToken);
        return true;
    }

    /// <summary>All of a deployment is replaced when a part of it is lost: see <see cref="Deployment"/>.</summary>
    private void Replace(string reason, long epoch)
    {
        // The work that made it ready may still be ending: what is ready can be lost from then on.
        if (Record.Deployment is not { } deployment || deployment.Epoch != epoch || _board.Current.Phase != ModelPhase.Ready) return;
        _ = _loader.CloseAsync(deployment, CancellationToken.None);
        _work.Begin(reason);
    }

    /// <summary>A model is in memory in one way: it changes when nobody is being answered, and where the other way has room.</summary>
    private async Task<ModelSnapshot> RedeployAsync(DeployOptions options, CancellationToken cancellationToken)
    {
        if (await IsInUseAsync(cancellationToken)) throw InUse(options);
        await _work.CheckAsync(options, cancellationToken);
        if (await IsInUseAsync(cancellationToken)) throw InUse(options); // Planning took its time.
        Touch();
        if (Record.Deployment is { } deployment) _ = _loader.CloseAsync(deployment, CancellationToken.None);
        _records.Set(Record with { Options = options, Deployment = null, LastUsed = _lastUsed }); // No answer goes on that would need as much context as before.
        _work.Begin("it is asked for in another way");
        return _board.Current;
    }

    private ModelRefusedException InUse(DeployOptions asked) =>
        new(Api.ExoErrorKind.Busy, $"{Model} is in use with {string.Join(", ", Likeness.Differences(asked, Record.Options, Record.Deployment))}: ask for the same, or again when its answers have ended");

    /// <summary>The nodes are told too: their shards may outlive this grain's record.</summary>
    private void KeepAlive(TimeSpan? keepAlive)
    {
        var options = Record.Options with { KeepAlive = keepAlive };
        _records.Set(Record with { Options = options, Deployment = Record.Deployment is { } deployment ? deployment with { Options = options } : null });
        if (_board.Current.Phase == ModelPhase.Ready && Record.Deployment is { } told) _loader.Remind(told); // Until then the work does, when it gets there.
    }

    private async Task FreeAsync(CancellationToken cancellationToken)
    {
        var (deployment, epoch) = (Record.Deployment, Record.Epoch);
        _isUnloading = false;
        _work.Forget();
        if (deployment is not null) await _loader.CloseAsync(deployment, cancellationToken);
        await _loader.RetireAsync(Model, epoch, cancellationToken);

        // Idle is said when the memory is free; somebody may have asked for the model meanwhile.
        if (Record.Goal == ModelGoal.None) _board.Set(_board.Current with { Phase = ModelPhase.Idle, Deployment = null, Nodes = [] });
    }

    /// <summary>It answers, or is being made ready for somebody. Work on a model that is ready only frees what was there before.</summary>
    private async Task<bool> IsInUseAsync(CancellationToken cancellationToken)
    {
        if (_work.IsRunning && _board.Current.Phase != ModelPhase.Ready) return true;
        if (Record.Deployment is not { } deployment) return false;
        var isInUse = await _loader.LoadOfAsync(deployment, cancellationToken) is { Answers: > 0 };
        if (isInUse) _lastUsed = time.GetUtcNow();
        return isInUse;
    }

    private void Touch()
    {
        _lastUsed = time.GetUtcNow();
        _isUnloading = false;
    }

    /// <summary>Rebuilds the record from what the nodes have of this model.</summary>
    private async Task AskNodesAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(nodes.Active.Select(node => nodes.TryAsync(async () =>
            (Deployment: await nodes.Grain(node).GetDeploymentAsync(Model, cancellationToken), Fetch: await nodes.Grain(node).GetFetchAsync(Model, cancellationToken)), default, cancellationToken)));
        var loaded = answers.Select(answer => (answer.Deployment, Goal: ModelGoal.Deployed));
        var fetches = answers.Select(answer => answer.Fetch).OfType<FetchState>().Where(fetch => fetch.Phase == FetchPhase.Running).ToList();
        var fetching = fetches.Select(fetch => (fetch.Order.Deployment, fetch.Order.Goal));
        if (loaded.Concat(fetching).Where(known => known.Deployment is not null).OrderByDescending(known => known.Deployment!.Epoch).FirstOrDefault() is ({ } newest, var goal))
            _records.Set(new ModelRecord { Goal = goal, Options = newest.Options ?? new DeployOptions { ContextLength = newest.ContextLength, MaxSequences = newest.MaxSequences }, Deployment = newest, Epoch = newest.Epoch, LastUsed = time.GetUtcNow(), Control = ControlOf(fetches) });
    }

    /// <summary>How fetches were told to run. Where they differ, a pause counts: it is seen, and can be ended.</summary>
    private static FetchControl ControlOf(IReadOnlyList<FetchState> fetches) =>
        fetches.OrderByDescending(fetch => fetch.IsPaused).FirstOrDefault()?.Control ?? new();

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        await _records.FlushAsync();
        if (Record.Goal == ModelGoal.None) return;
        DelayDeactivation(TickInterval * 60);
        if (++_ticks % TicksPerNote == 0) await GrainFactory.GetGrain<IModelDirectoryGrain>(IModelDirectoryGrain.Key).NoteAsync(_board.Current);
        if (_board.Current.Phase != ModelPhase.Ready || Record.Deployment is not { } deployment) return;
        if (_readyEpoch != deployment.Epoch) (_readyEpoch, _lastUsed) = (deployment.Epoch, time.GetUtcNow()); // Whoever it was made ready for is about to ask.
        if (deployment.Shards.Any(shard => nodes.SiloOf(shard.Node) is null)) Replace("a node has left the cluster", deployment.Epoch);
        else if ((_isUnloading || UnloadChoice.IsOver(Record.Options, _lastUsed, time.GetUtcNow())) && !await IsInUseAsync(cancellationToken)) await FreeAsync(cancellationToken);
    }

    private async Task PublishAsync(IAsyncStream<ModelSnapshot> stream, ModelSnapshot snapshot)
    {
        try
        {
            await stream.OnNextAsync(snapshot);
            await GrainFactory.GetGrain<IModelDirectoryGrain>(IModelDirectoryGrain.Key).NoteAsync(snapshot);
        }
        catch (Exception failure)
        {
            LogUnpublished(failure, Model); // The next snapshot is whole in itself.
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A snapshot of {Model} could not be published")]
    private partial void LogUnpublished(Exception failure, string model);
}
