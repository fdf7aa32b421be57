using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Exo.Hub;

namespace Exo.Grains.Cluster;

/// <summary>Knows whether a model is at hand in the cluster, so that asking it is no order to fetch it.</summary>
internal sealed class ModelPresence(IGrainFactory grains, NodeCalls nodes, Deployments deployments, NodeStore store)
{
    /// <summary>
    /// It is in memory, or on its way there because somebody had it loaded; or a node has some of its layers, so that it was fetched once. Of a branch or tag it is asked no
    /// further which commit that means.
    /// </summary>
    public async Task<bool> IsHereAsync(string model, CancellationToken cancellationToken)
    {
        // Samples and paths are never fetched: whoever loads one says where it isn't.
        if (store.ReferenceOf(model) is not { } reference) return true;
        var snapshot = await deployments.GetAsync(model, cancellationToken);
        if (snapshot.Phase is ModelPhase.Loading or ModelPhase.Ready) return true;
        if (snapshot.Phase is ModelPhase.Planning or ModelPhase.Fetching && await IsBeingLoadedAsync(model, cancellationToken)) return true;

        // A node that is slow to answer may be the one that has it: all are waited for, as for a plan.
        return (await nodes.FactsAsync(cancellationToken)).Any(node => node.Held.Any(held => IsOf(held, reference)));
    }

    private async Task<bool> IsBeingLoadedAsync(string model, CancellationToken cancellationToken) =>
        (await deployments.TryAsync(() => grains.GetGrain<IModelGrain>(model).GetUseAsync(cancellationToken), cancellationToken)).IsDeployed;

    /// <summary>A repository in the shared cache is told without the variants that it has.</summary>
    private static bool IsOf(HeldLayers held, ModelReference reference) =>
        held.HasLayers && (held.Model == Placing.HeldName(reference.ToString()) || held.Model == reference.RepositoryId)
        && (!reference.IsCommit || held.Commit == reference.Revision);
}
