using System.Collections.Immutable;
using Orleans.Runtime;

namespace Exo.Grains.Nodes;

/// <summary>Where a node is, and whether it still lives, in the membership's words.</summary>
internal static class Membership
{
    /// <summary>The silo that a node is at present; null where it is not active.</summary>
    public static SiloAddress? SiloOf(this IClusterMembershipService membership, string node) =>
        membership.CurrentSnapshot.Members.Values.FirstOrDefault(member => member.Name == node && member.Status == SiloStatus.Active)?.SiloAddress;

    /// <summary>The active nodes, by name.</summary>
    public static ImmutableArray<string> ActiveNodes(this IClusterMembershipService membership) =>
        [.. membership.CurrentSnapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.Name).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The nodes that are known and not active, by name: on their way in or out, or lost a short while ago.</summary>
    public static ImmutableArray<string> AwayNodes(this IClusterMembershipService membership) =>
        [.. membership.CurrentSnapshot.Members.Values.Where(member => member.Status != SiloStatus.None).Select(member => member.Name).Distinct().Except(membership.ActiveNodes()).Order(StringComparer.Ordinal)];

    /// <summary>Completes when the membership has declared a silo dead.</summary>
    /// <exception cref="OperationCanceledException">It lived for as long as anybody cared.</exception>
    public static async Task DeadAsync(this IClusterMembershipService membership, SiloAddress silo, CancellationToken cancellationToken)
    {
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(cancellationToken))
        {
            if (snapshot.GetSiloStatus(silo) == SiloStatus.Dead) return;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Completes when the membership declares a silo dead, whichever it is.</summary>
    /// <exception cref="OperationCanceledException">All lived for as long as anybody cared.</exception>
    public static async Task AnyDeadAsync(this IClusterMembershipService membership, CancellationToken cancellationToken)
    {
        var before = membership.CurrentSnapshot;
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(cancellationToken))
        {
            if (before.Members.Values.Any(member => member.Status != SiloStatus.Dead && snapshot.GetSiloStatus(member.SiloAddress) == SiloStatus.Dead)) return;
            before = snapshot;
        }

        await Task.Delay(Timeout.Infinite, cancellationToken); // This silo stops, and learns of nothing more.
    }
}
