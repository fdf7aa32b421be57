using Exo.Api;
using Exo.Api.Events;
using Exo.Grains.Hosting;
using Exo.Grains.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace Exo.Grains.Cluster;

/// <summary>
/// Feeds the event board from the models' Orleans streams: one subscription for each model that the cluster does something with. Streams may lose what
/// is said while a silo is lost; snapshots are whole in themselves, and the directory's are posted every time it is asked.
/// </summary>
internal sealed partial class ClusterEvents(IClusterClient cluster, EventBoard board, TimeProvider time, ILogger<ClusterEvents> logger) : BackgroundService
{
    /// <summary>How soon a model that is new to the cluster is watched.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, StreamSubscriptionHandle<ModelSnapshot>> _subscriptions = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await FollowAsync(stoppingToken);
                }
                catch (Exception failure) when (failure is OrleansException or TimeoutException)
                {
                    LogNotFollowed(failure);
                    _subscriptions.Clear(); // They are made anew: what they hung on may be lost.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops, and its subscriptions with it.
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var models = await cluster.GetGrain<IModelDirectoryGrain>(IModelDirectoryGrain.Key).ListAsync(cancellationToken);
        foreach (var snapshot in models)
        {
            if (_subscriptions.ContainsKey(snapshot.Model)) continue;
            Post(snapshot);
            var stream = cluster.GetStreamProvider(ExoGrainsHosting.ProviderName).GetStream<ModelSnapshot>(StreamId.Create(ExoGrainsHosting.ModelStreams, snapshot.Model));
            _subscriptions[snapshot.Model] = await stream.SubscribeAsync((next, _) =>
            {
                Post(next);
                return Task.CompletedTask;
            });
        }
    }

    private void Post(ModelSnapshot snapshot)
    {
        var (pull, load) = ($"pull:{snapshot.Model}", $"load:{snapshot.Model}");
        switch (snapshot.Phase)
        {
            case ModelPhase.Planning:
                break;
            case ModelPhase.Fetching:
                board.Post(new ExoEvent { Key = pull, Pull = ModelReports.PullOf(snapshot) });
                break;
            case ModelPhase.Failed:
                board.Post(new ExoEvent { Key = load, Failure = snapshot.Error });
                break;
            case ModelPhase.Idle:
                if (snapshot.Nodes.Any(node => node.BytesWanted > 0)) board.Post(new ExoEvent { Key = pull, Pull = ModelReports.PullOf(snapshot) });
                break;
            default:
                if (snapshot.Nodes.Any(node => node.BytesWanted > 0)) board.Post(new ExoEvent { Key = pull, Pull = ModelReports.PullOf(snapshot) with { Phase = PullPhase.Done } });
                board.Post(new ExoEvent { Key = load, Load = new LoadSnapshot(snapshot.Model, ModelReports.FractionOf(snapshot)) });
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The models' streams can't be followed just now")]
    private partial void LogNotFollowed(Exception failure);
}
