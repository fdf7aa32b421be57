using Exo.Grains.Hosting;
using Exo.Grains.Nodes;
using Exo.Grains.Shards;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Exo.Grains.Models;

/// <summary>
/// Frees what this node holds of deployments that are over: whoever ended them could not reach it then. Every while it asks the grains of the models
/// that have shards here; it also has the node measured at its start.
/// </summary>
internal sealed partial class OrphanSweep(IGrainFactory grains, NodeMonitor monitor, ShardHost shards, NodeOptions options, TimeProvider time, ILogger<OrphanSweep> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly CancellationTokenSource _stop = new();
    private Task _sweeping = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(OrphanSweep), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <summary>One round.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var held in shards.States.GroupBy(shard => shard.Model).ToList())
        {
            try
            {
                var snapshot = await grains.GetGrain<IModelGrain>(held.Key).GetAsync(cancellationToken);
                if (OverUpTo(snapshot, held.Min(shard => shard.Epoch)) is not { } epoch) continue;
                LogSweeps(held.Key, epoch);
                await shards.RetireAsync(held.Key, epoch);
            }
            catch (Exception failure) when (NodeCalls.IsOnTheWay(failure, cancellationToken))
            {
                LogNotAsked(failure, held.Key); // The next round asks again.
            }
        }
    }

    /// <summary>The last epoch that is over for certain; null where what is held may be wanted. A model that is between two deployments frees by itself.</summary>
    internal static long? OverUpTo(ModelSnapshot snapshot, long held) => snapshot switch
    {
        { Phase: ModelPhase.Ready, Deployment: { } deployment } when deployment.Epoch > held => deployment.Epoch - 1,
        { Phase: ModelPhase.Idle or ModelPhase.Failed } => held,
        _ => null,
    };

    private Task StartAsync(CancellationToken cancellationToken)
    {
        monitor.Begin();
        _sweeping = Task.Run(() => SweepOnAsync(_stop.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _sweeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task SweepOnAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.OrphanSweepInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken)) await SweepAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Freeing what this node still holds of {Model}, epochs up to {Epoch}: they are over")]
    private partial void LogSweeps(string model, long epoch);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Model}'s grain could not be asked what is over")]
    private partial void LogNotAsked(Exception failure, string model);
}
