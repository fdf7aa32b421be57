using Orleans.Configuration;
using Orleans.Hosting;

namespace Exo.Silo.Clustering;

/// <summary>How fast a lost silo is noticed. Orleans' own values are made for data centres: a minute for a machine that froze.</summary>
/// <remarks>
/// With these a process that was killed is gone from the cluster in under a second (its connections break), one that froze in about 2.4 s. What
/// keeps busy silos from being taken for dead is the connection's own liveness: whoever sends anything lives.
/// </remarks>
internal static class FailureDetection
{
    public static ISiloBuilder UseExoFailureDetection(this ISiloBuilder silo, TimeSpan joinWait) => silo
        .Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
            options.MaxProbeTimeout = TimeSpan.FromSeconds(1);
            options.NumMissedProbesLimit = 2;
            options.EnableIndirectProbes = true;
            options.EnableConnectionLivenessCheck = true;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
            // A whole cluster that lost power comes up again over rows of silos that are gone: after 15 s without a sign they don't hold up a start.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            options.NumMissedTableIAmAliveLimit = 3;
            options.MaxJoinAttemptTime = joinWait;
            options.DefunctSiloExpiration = TimeSpan.FromDays(1);
        })
        // Calls return at once and report later; one that takes this long has no one left who answers it.
        .Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(30))
        // Compute threads are to be busy: that is no reason to turn requests away.
        .Configure<LoadSheddingOptions>(options => options.LoadSheddingEnabled = false);
}
