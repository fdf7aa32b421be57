using Exo.Api;
using Exo.Api.Events;
using Exo.Grains.Cluster;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Streams;

namespace Exo.Silo.Hosting;

/// <summary>
/// Carries the models' streams to this node's board, while somebody watches it. A stream tells at once; what it loses with a silo, the models'
/// directory tells a second later, so a watcher only ever waits.
/// </summary>
internal sealed partial class ModelEvents(IClusterClient cluster, EventBoard board, TimeProvider time, ILogger<ModelEvents> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, StreamSubscriptionHandle<ModelSnapshot>> _streams = [];
    private readonly Dictionary<string, long> _posted = [];
    private readonly Lock _lock = new();

    /// <summary>Said once, not every second.</summary>
    private bool _isAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    /// <summary>One look. What fails is tried again with the next: a silo is being lost and another takes over, or the store of the streams' watchers is away and will be back.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (board.WatcherCount == 0) await ForgetAsync();
            else await FollowAsync(cancellationToken);
            _isAway = false;
        }
        catch (Exception away) when (!cancellationToken.IsCancellationRequested)
        {
            if (NodeCalls.IsOnTheWay(away, cancellationToken))
            {
                LogLost(away);
                return;
            }

            if (!_isAway) LogAway(away);
            _isAway = true;
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var snapshots = await cluster.GetGrain<IModelDirectoryGrain>(IModelDirectoryGrain.Key).ListAsync(cancellationToken);
        foreach (var snapshot in snapshots) Post(snapshot); // All of them, also where a stream can't be followed for the moment.
        foreach (var snapshot in snapshots)
        {
            if (_streams.ContainsKey(snapshot.Model)) continue;
            var stream = cluster.GetStreamProvider(ExoGrainsHosting.ProviderName).GetStream<ModelSnapshot>(StreamId.Create(ExoGrainsHosting.ModelStreams, snapshot.Model));
            _streams[snapshot.Model] = await stream.SubscribeAsync((next, _) =>
            {
                Post(next);
                return Task.CompletedTask;
            });
        }
    }

    private async Task ForgetAsync()
    {
        foreach (var (model, stream) in _streams.ToArray())
        {
            await stream.UnsubscribeAsync();
            _streams.Remove(model);
        }
    }

    /// <summary>Posts a snapshot that is newer than the last; streams and directory tell in no order.</summary>
    private void Post(ModelSnapshot snapshot)
    {
        lock (_lock)
        {
            if (snapshot.Version <= _posted.GetValueOrDefault(snapshot.Model, -1)) return;
            _posted[snapshot.Model] = snapshot.Version;
        }
        foreach (var posted in EventsOf(snapshot)) board.Post(posted);
    }

    /// <summary>A pull is over once the nodes load, or rest. What came to nothing ends the pull or the load that it was, or both: a load that was still fetching has shown both.</summary>
    internal static IEnumerable<ExoEvent> EventsOf(ModelSnapshot snapshot)
    {
        var (pull, load) = ($"pull:{snapshot.Model}", $"load:{snapshot.Model}");
        if (snapshot.End is { Outcome: not WorkOutcome.Done } end)
        {
            var reason = end.Outcome == WorkOutcome.Cancelled ? "it was cancelled" : snapshot.Error ?? "it failed";
            if (end.Goal != ModelGoal.Deployed || end.Phase == ModelPhase.Fetching) yield return new ExoEvent { Key = pull, Failure = reason };
            if (end.Goal == ModelGoal.Deployed) yield return new ExoEvent { Key = load, Failure = reason };
            yield break;
        }
        if (snapshot.Nodes.Any(node => node.BytesWanted > 0)) yield return new ExoEvent { Key = pull, Pull = ModelReports.PullOf(snapshot) };
        if (snapshot.Phase is ModelPhase.Loading or ModelPhase.Ready) yield return new ExoEvent { Key = load, Load = new LoadSnapshot(snapshot.Model, ModelReports.FractionOf(snapshot)) };
    }

    [LoggerMessage(1, LogLevel.Debug, "the models' directory can't be asked for the moment")]
    private partial void LogLost(Exception lost);

    [LoggerMessage(2, LogLevel.Warning, "what is pulled and loaded can't be told to those who watch; it is tried again every second")]
    private partial void LogAway(Exception away);
}
