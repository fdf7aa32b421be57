using Exo.Grains.Models;
using Exo.Grains.Pinning;
using Exo.Grains.Wire;
using Orleans.Concurrency;

namespace Exo.Grains.Shards;

/// <summary>The cluster's way to a shard of this node. It holds nothing: a lost activation loses nothing.</summary>
[OnNode, Reentrant]
internal sealed class LayerGrain(ShardHost host) : Grain, ILayerGrain
{
    private ShardKey _key;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = ShardKey.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public Task<ShardState> LoadAsync(Deployment deployment, CancellationToken cancellationToken = default) => Task.FromResult(host.Load(_key, deployment));

    public Task<ShardState> GetStateAsync(CancellationToken cancellationToken = default) => Task.FromResult(host.State(_key));

    public ValueTask ForwardAsync(StepFrame step)
    {
        host.Forward(_key, step);
        return ValueTask.CompletedTask;
    }

    public Task CancelAsync(long step)
    {
        host.Cancel(_key, step);
        return Task.CompletedTask;
    }

    public async Task UnloadAsync(CancellationToken cancellationToken = default)
    {
        await host.UnloadAsync(_key);
        DeactivateOnIdle();
    }
}
