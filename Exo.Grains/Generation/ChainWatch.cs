using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Orleans.Runtime;

namespace Exo.Grains.Generation;

/// <summary>
/// Notices that a deployment is lost where no call says so: the membership no longer has one of its silos, its first shard, which is on the driver's own
/// node, was freed, or a step has been under way for long and no shard has it.
/// </summary>
internal sealed class ChainWatch : IAsyncDisposable
{
    /// <summary>How old a step may be before the shards are asked. Asking costs a call each: a slow prefill step is asked about every few seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    private readonly GrainChain _chain;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _membership;
    private readonly Task _steps;
    private readonly Task _firstShard;

    /// <param name="chain">Is told.</param>
    /// <param name="deployment">Whose chain it is.</param>
    /// <param name="firstShard">Ends when the first shard is given up.</param>
    /// <param name="membership">Says who is there.</param>
    /// <param name="time">The clock.</param>
    public ChainWatch(GrainChain chain, Deployment deployment, Task firstShard, IClusterMembershipService membership, TimeProvider time)
    {
        _chain = chain;
        _membership = Task.Run(() => WatchMembersAsync(deployment, membership, _stop.Token));
        _steps = Task.Run(() => WatchStepsAsync(time, _stop.Token));
        _firstShard = Task.Run(() => WatchFirstShardAsync(firstShard, _stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _membership.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _steps.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _firstShard.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchMembersAsync(Deployment deployment, IClusterMembershipService membership, CancellationToken cancellationToken)
    {
        var silos = new Dictionary<string, SiloAddress>();
        foreach (var node in deployment.Shards.Select(shard => shard.Node).Distinct())
        {
            if (membership.SiloOf(node) is not { } silo)
            {
                _chain.Lose($"Node '{node}' has left the cluster.");
                return;
            }

            silos[node] = silo;
        }

        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(cancellationToken))
        {
            // A silo that comes back under its old name is another one: its memory is empty.
            foreach (var (node, silo) in silos)
            {
                if (snapshot.GetSiloStatus(silo) == SiloStatus.Active) continue;
                _chain.Lose($"Node '{node}' has left the cluster.");
                return;
            }
        }
    }

    /// <summary>Nodes free what is over by themselves: so a driver whose closing word was lost learns of it too.</summary>
    private async Task WatchFirstShardAsync(Task firstShard, CancellationToken cancellationToken)
    {
        await firstShard.WaitAsync(cancellationToken);
        _chain.Lose("The deployment was replaced or unloaded.");
    }

    private async Task WatchStepsAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Patience, time);
        var vanished = false;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (_chain.OldestStep() < Patience)
            {
                vanished = false;
                continue;
            }

            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(ProbeTimeout);
                var queued = await _chain.ProbeAsync(limit.Token);

                // Between two shards a step is in no queue for a moment; not for the whole of another round.
                if (queued == 0 && vanished && _chain.OldestStep() >= Patience) _chain.Lose("A step was lost on its way.");
                vanished = queued == 0;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                _chain.Lose($"A shard doesn't answer: {failure.Message}", failure);
                return;
            }
        }
    }
}
