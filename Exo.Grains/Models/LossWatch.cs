using Exo.Grains.Cluster;
using Exo.Grains.Hosting;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Exo.Grains.Models;

/// <summary>
/// Tells the grains of the models that this node holds or fetches when another node leaves. A model's grain may have gone with that node: the call
/// makes it anew on one that stays. Every node that has a part in a model calls, so one call that is lost matters little.
/// </summary>
internal sealed partial class LossWatch(
    IClusterMembershipService membership, ILocalSiloDetails self, IGrainFactory grains, NodeStore store, ShardHost shards, TimeProvider time,
    ILogger<LossWatch> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private const int MostTries = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(LossWatch), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = Task.Run(() => WatchAsync(_stop.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var before = new Dictionary<SiloAddress, SiloStatus>();
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(cancellationToken))
        {
            var left = snapshot.Members.Values.Where(member => before.TryGetValue(member.SiloAddress, out var was) && was != member.Status
                && member.Status is SiloStatus.ShuttingDown or SiloStatus.Stopping or SiloStatus.Dead && !member.SiloAddress.Equals(self.SiloAddress)).ToList();
            before = snapshot.Members.ToDictionary(member => member.Key, member => member.Value.Status);
            foreach (var node in left.Select(member => member.Name).Distinct()) _ = TellAsync(node, cancellationToken);
        }
    }

    private Task TellAsync(string node, CancellationToken cancellationToken)
    {
        var fetched = store.Fetches.Where(fetch => fetch.Phase == FetchPhase.Running).Select(fetch => fetch.Order.Model);
        var models = shards.States.Select(shard => shard.Model).Union(fetched, StringComparer.Ordinal).ToList();
        return Task.WhenAll(models.Select(model => TellAsync(model, node, cancellationToken)));
    }

    private async Task TellAsync(string model, string node, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MostTries; attempt++)
        {
            try
            {
                await grains.GetGrain<IModelGrain>(model).NoticeLossAsync(node, cancellationToken).WaitAsync(Deployments.NotePatience, time, cancellationToken);
                return;
            }
            catch (Exception failure) when (failure is OrleansException or TimeoutException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                LogNotTold(failure, model, node, attempt);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Model}'s grain could not be told that {Node} left, try {Attempt}")]
    private partial void LogNotTold(Exception failure, string model, string node, int attempt);
}
