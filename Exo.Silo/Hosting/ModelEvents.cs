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

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (board.WatcherCount == 0) await ForgetAsync();
            else await FollowAsync(cancellationToken);
        }
        catch (Exception away) when (away is OrleansException or TimeoutException)
        {
            LogAway(logger, away); // Whoever was asked is being lost; the next second asks whoever takes over.
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        foreach (var snapshot in await cluster.GetGrain<IModelDirectoryGrain>(IModelDirectoryGrain.Key).ListAsync(cancellationToken))
        {
            Post(snapshot);
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
            _streams.Remove(model);
            await stream.UnsubscribeAsync();
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

    /// <summary>A pull is over once the nodes load, or rest; a failure ends whichever it was.</summary>
    private static IEnumerable<ExoEvent> EventsOf(ModelSnapshot snapshot)
    {
        var (pull, load) = ($"pull:{snapshot.Model}", $"load:{snapshot.Model}");
        if (snapshot.Phase == ModelPhase.Failed)
        {
            yield return new ExoEvent { Key = snapshot.Deployment is null ? pull : load, Failure = snapshot.Error ?? "it failed" };
            yield break;
        }
        if (snapshot.Nodes.Any(node => node.BytesWanted > 0)) yield return new ExoEvent { Key = pull, Pull = ModelReports.PullOf(snapshot) };
        if (snapshot.Phase is ModelPhase.Loading or ModelPhase.Ready) yield return new ExoEvent { Key = load, Load = new LoadSnapshot(snapshot.Model, ModelReports.FractionOf(snapshot)) };
    }

    [LoggerMessage(1, LogLevel.Debug, "the models' directory can't be asked for the moment")]
    private static partial void LogAway(ILogger logger, Exception away);
}
