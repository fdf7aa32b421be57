using Exo.Silo.Configuration;
using Orleans.Runtime;

namespace Exo.Silo.Clustering;

/// <summary>Says which nodes kept this one from joining, and what that usually is.</summary>
internal static class UnreachableNodes
{
    /// <summary>What usually keeps two silos apart.</summary>
    public static readonly string Remedy =
        $"Where a port is open the cluster wants a certificate of its own ({SettingKeys.TlsCert.Option}, {SettingKeys.TlsKey.Option}, {SettingKeys.TlsCa.Option}), or the way back is shut; "
        + $"where it is closed, look at the firewall and at {SettingKeys.Advertise.Option}";

    public static async Task<UnreachableClusterException> ExplainAsync(IClusterMembershipService membership, SiloSettings settings, Exception failure)
    {
        var words = new List<string>();
        foreach (var member in membership.CurrentSnapshot.Members.Values.Where(member => member.Status == SiloStatus.Active))
        {
            words.Add($"{member.Name} at {member.SiloAddress.Endpoint} ({(await Knock.AnswersAsync(member.SiloAddress.Endpoint) ? "its port is open" : "its port is closed")})");
        }
        return new UnreachableClusterException(
            $"this silo can't join: within {settings.JoinWait.TotalSeconds:0} s not every node of cluster {settings.ClusterId} answered it: {string.Join(", ", words)}. "
            + Remedy, failure);
    }
}
