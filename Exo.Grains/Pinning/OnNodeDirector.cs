using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Exo.Grains.Pinning;

/// <summary>Finds the silo that a grain is pinned to. A node that is gone has no second best: its memory holds what the grain stands for.</summary>
internal sealed class OnNodeDirector(IClusterMembershipService membership) : IPlacementDirector
{
    /// <exception cref="SiloUnavailableException">No active silo has the name.</exception>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var node = NodeKey.NodeOf(target.GrainIdentity.Key.ToString()!);
        var members = membership.CurrentSnapshot.Members;
        foreach (var silo in context.GetCompatibleSilos(target))
        {
            if (members.TryGetValue(silo, out var member) && member.Name == node) return Task.FromResult(silo);
        }

        throw new SiloUnavailableException($"Node '{node}' is not in the cluster, so {target.GrainIdentity} can't be reached. It runs there or nowhere.");
    }
}
