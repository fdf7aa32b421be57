using System.Collections.Immutable;
using Exo.Grains.Models;
using Exo.Grains.Pinning;
using Exo.Grains.Shards;
using Exo.Grains.Wire;
using Orleans.Concurrency;

namespace Exo.Grains.Nodes;

/// <summary>The cluster's way to a node's monitor, store and memory. It holds nothing: a lost activation loses nothing.</summary>
[OnNode, Reentrant]
internal sealed class NodeGrain(NodeMonitor monitor, NodeStore store, NodeRemoval removal, ShardHost shards, LinkMeter links) : Grain, INodeGrain
{
    public async Task<NodeFacts> GetFactsAsync(CancellationToken cancellationToken = default) => (await monitor.FactsAsync(cancellationToken)) with { Links = links.Known };

    public ValueTask<Frame> EchoAsync(Frame frame) => ValueTask.FromResult(frame);

    public Task<ImmutableArray<LinkFacts>> MeasureLinksAsync(ImmutableArray<string> nodes, CancellationToken cancellationToken = default) =>
        links.MeasureAsync(GrainFactory, [.. nodes.Where(node => node != this.GetPrimaryKeyString())], cancellationToken);

    public Task<FetchState> FetchAsync(FetchOrder order, CancellationToken cancellationToken = default) => Task.FromResult(store.Fetch(order));

    public Task<FetchState?> GetFetchAsync(string model, CancellationToken cancellationToken = default) => Task.FromResult(store.FindFetch(model));

    public Task ControlFetchAsync(string model, FetchControl control, CancellationToken cancellationToken = default)
    {
        store.ControlFetch(model, control);
        return Task.CompletedTask;
    }

    public Task CancelFetchAsync(string model, CancellationToken cancellationToken = default)
    {
        store.CancelFetch(model);
        return Task.CompletedTask;
    }

    public Task<string?> FindUseAsync(string model, CancellationToken cancellationToken = default) => Task.Run(() => removal.FindUse(model), cancellationToken); // It reads folders.

    public Task<long?> RemoveAsync(string model, Guid request, CancellationToken cancellationToken = default) => removal.RemoveAsync(model, request).WaitAsync(cancellationToken);

    public Task<Deployment?> GetDeploymentAsync(string model, CancellationToken cancellationToken = default) => Task.FromResult(shards.NewestOf(model));

    public Task RetireAsync(string model, long epoch, CancellationToken cancellationToken = default) => shards.RetireAsync(model, epoch);
}
