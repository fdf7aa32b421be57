using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Exo.Silo.Clustering;

/// <summary>Tells people who comes and goes, in place of Orleans' own many lines about it.</summary>
internal sealed partial class MemberNews(IClusterMembershipService membership, ILocalSiloDetails local, ILogger<MemberNews> logger) : BackgroundService
{
    private readonly Dictionary<SiloAddress, SiloStatus> _known = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken)) Tell(snapshot);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private void Tell(ClusterMembershipSnapshot snapshot)
    {
        var count = snapshot.Members.Values.Count(member => member.Status == SiloStatus.Active);
        foreach (var member in snapshot.Members.Values.Where(member => !member.SiloAddress.Equals(local.SiloAddress)))
        {
            var before = _known.GetValueOrDefault(member.SiloAddress, SiloStatus.None);
            _known[member.SiloAddress] = member.Status;
            if (before == member.Status) continue;
            if (member.Status == SiloStatus.Active) LogJoined(logger, member.Name, member.SiloAddress.Endpoint, count);
            else if (before == SiloStatus.Active && member.Status == SiloStatus.Dead) LogLost(logger, member.Name, count);
            else if (before == SiloStatus.Active) LogLeaves(logger, member.Name);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "node {Node} at {Endpoint} is in the cluster: {Count} nodes")]
    private static partial void LogJoined(ILogger logger, string node, System.Net.IPEndPoint endpoint, int count);

    [LoggerMessage(2, LogLevel.Warning, "node {Node} is lost: it answers no more. {Count} nodes are left")]
    private static partial void LogLost(ILogger logger, string node, int count);

    [LoggerMessage(3, LogLevel.Information, "node {Node} leaves")]
    private static partial void LogLeaves(ILogger logger, string node);
}
