using System.Collections.Immutable;
using Exo.Grains.Generation;
using Exo.Grains.Shards;

namespace Exo.Grains.Models;

/// <summary>Has the nodes of a deployment load their layers and its driver take them on; and frees them again.</summary>
internal sealed class ModelLoader(NodeCalls nodes, IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Reading a large vocabulary may take seconds on a slow machine.</summary>
    private static readonly TimeSpan OpenPatience = TimeSpan.FromMinutes(1);

    private Deployment? _toTell;
    private Task _telling = Task.CompletedTask;

    /// <summary>Returns when every shard computes.</summary>
    /// <exception cref="NodeLostException">A node left, or forgot its shard.</exception>
    /// <exception cref="RoomTakenException">Another model was faster.</exception>
    /// <exception cref="ModelRefusedException">A shard can't be loaded.</exception>
    public async Task LoadAsync(Deployment deployment, Action<int, ShardState> progress, CancellationToken cancellationToken)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = Enumerable.Range(0, deployment.Shards.Length).Select(index => LoadAsync(deployment, index, progress, all.Token)).ToList();
        try
        {
            while (running.Count > 0)
            {
                var ended = await Task.WhenAny(running);
                running.Remove(ended);
                await ended;
            }
        }
        finally
        {
            await all.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Has the driver take the shards on.</summary>
    public Task OpenAsync(Deployment deployment, CancellationToken cancellationToken) =>
        nodes.CallAsync(deployment.Driver, () => Driver(deployment).OpenAsync(deployment, cancellationToken), cancellationToken, OpenPatience);

    /// <summary>
    /// Has the nodes told what is asked of a deployment that they hold already; the newest word last, as calls may overtake each other. A node that can't
    /// be told is about to be lost with what it holds.
    /// </summary>
    public void Remind(Deployment deployment)
    {
        _toTell = deployment;
        if (_telling.IsCompleted) _telling = TellAsync();
    }

    private async Task TellAsync()
    {
        while (_toTell is { } deployment)
        {
            _toTell = null;
            await Task.WhenAll(Enumerable.Range(0, deployment.Shards.Length)
                .Select(index => nodes.TryAsync<ShardState?>(async () => await Shard(deployment, index).LoadAsync(deployment, CancellationToken.None), null, CancellationToken.None)));
        }
    }

    /// <summary>Every shard computes and the driver has them.</summary>
    public async Task<bool> IsReadyAsync(Deployment deployment, CancellationToken cancellationToken)
    {
        try
        {
            for (var index = 0; index < deployment.Shards.Length; index++)
            {
                var shard = Shard(deployment, index);
                var state = await nodes.CallAsync(deployment.Shards[index].Node, () => shard.GetStateAsync(cancellationToken), cancellationToken);
                if (state.Phase != ShardPhase.Ready) return false;
            }

            return await LoadOfAsync(deployment, cancellationToken) is { KvBlocks: > 0, Loss: null };
        }
        catch (NodeLostException)
        {
            return false;
        }
    }

    /// <summary>What the driver is busy with; null where it can't be asked.</summary>
    public async Task<GenerationLoad?> LoadOfAsync(Deployment deployment, CancellationToken cancellationToken)
    {
        try
        {
            return await nodes.CallAsync(deployment.Driver, () => Driver(deployment).GetLoadAsync(cancellationToken), cancellationToken);
        }
        catch (NodeLostException)
        {
            return null;
        }
    }

    /// <summary>Ends a deployment's answers; their readers go on with the next one. A driver that is gone has none.</summary>
    public async Task CloseAsync(Deployment deployment, CancellationToken cancellationToken)
    {
        try
        {
            await nodes.CallAsync(deployment.Driver, () => Driver(deployment).CloseAsync(cancellationToken), cancellationToken);
        }
        catch (NodeLostException)
        {
            // Nothing is left to end.
        }
    }

    /// <summary>Frees the epochs up to this one on all nodes, and bars them from coming back; returns when their memory is free.</summary>
    public Task RetireAsync(string model, long epoch, CancellationToken cancellationToken) => Task.WhenAll(nodes.Active.Select(async node =>
    {
        try
        {
            await nodes.CallAsync(node, () => nodes.Grain(node).RetireAsync(model, epoch, cancellationToken), cancellationToken);
        }
        catch (NodeLostException)
        {
            // Its memory went with it.
        }
    }));

    private async Task LoadAsync(Deployment deployment, int index, Action<int, ShardState> progress, CancellationToken cancellationToken)
    {
        var (node, shard) = (deployment.Shards[index].Node, Shard(deployment, index));
        ShardState state;
        try
        {
            state = await nodes.CallAsync(node, () => shard.LoadAsync(deployment, cancellationToken), cancellationToken);
        }
        catch (ModelRefusedException refused) when (refused.Kind == Api.ExoErrorKind.OutOfMemory)
        {
            throw new RoomTakenException(refused.Message);
        }

        while (true)
        {
            progress(index, state);
            switch (state.Phase)
            {
                case ShardPhase.Ready:
                    return;
                case ShardPhase.Failed:
                    throw new ModelRefusedException(Api.ExoErrorKind.Failure, $"layers {deployment.Shards[index].FirstLayer} to {deployment.Shards[index].EndLayer - 1} can't be loaded on node '{node}': {state.Error}");
                case ShardPhase.Absent:
                    throw new NodeLostException(node, $"Node '{node}' was restarted while it loaded.");
            }

            await Task.Delay(PollInterval, time, cancellationToken);
            state = await nodes.CallAsync(node, () => shard.GetStateAsync(cancellationToken), cancellationToken);
        }
    }

    private ILayerGrain Shard(Deployment deployment, int index) => grains.GetGrain<ILayerGrain>(ShardKey.Of(deployment, index).ToString());

    private IGenerationGrain Driver(Deployment deployment) => grains.GetGrain<IGenerationGrain>(GenerationKey.Of(deployment).ToString());
}

/// <summary>Another model has taken the memory that this one was planned into.</summary>
internal sealed class RoomTakenException(string message) : Exception(message);
