using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Clustering.Redis;
using Orleans.Runtime;

namespace Exo.Silo.Clustering;

/// <summary>
/// Puts the membership table back where it was lost: a Redis that came back without its disk, a folder that was swept away. Orleans' silos would go on
/// with what they know, but nobody could join them, and the first newer table without them would make them end themselves.
/// </summary>
internal sealed partial class MembershipKeeper(IMembershipTable table, IClusterMembershipService membership, ILocalSiloDetails local, TimeProvider time, ILogger<MembershipKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private MembershipTableData? _last;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    /// <summary>One look, and the mending where it is needed. What fails is tried again with the next.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var now = await ReadAsync(cancellationToken);
            if (now?.TryGet(local.SiloAddress) is not null) _last = now;
            else if (membership.CurrentSnapshot is var known && known.GetSiloStatus(local.SiloAddress) == SiloStatus.Active) await RestoreAsync(known, cancellationToken);
        }
        catch (Exception away) when (!cancellationToken.IsCancellationRequested)
        {
            // The store is away: whoever knows it best says so, and it will be back. One that stands still ends a call by cancelling it.
            LogAway(logger, away);
        }
    }

    /// <summary>Null where there is no table at all: Orleans' Redis provider says so by an exception.</summary>
    private async Task<MembershipTableData?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await table.ReadAllAsync(cancellationToken);
        }
        catch (RedisClusteringException)
        {
            return null;
        }
    }

    /// <summary>All rows first, then a version above the one that the silos know: a newer table that lacks a silo tells it that it is dead.</summary>
    private async Task RestoreAsync(ClusterMembershipSnapshot known, CancellationToken cancellationToken)
    {
        var living = known.Members.Values.Where(member => member.Status != SiloStatus.Dead).ToArray();
        LogRestoring(logger, living.Length);
        await table.InitializeMembershipTableAsync(true, cancellationToken);
        foreach (var member in living)
        {
            await ChangeAsync(now => now.TryGet(member.SiloAddress) is not null, now => table.InsertRowAsync(RowOf(member), now.Version.Next(), cancellationToken), cancellationToken);
        }
        await ChangeAsync(
            now => now.Version.Version > known.Version.Value || now.TryGet(local.SiloAddress) is null,
            now => now.TryGet(local.SiloAddress) is var (own, etag) ? table.UpdateRowAsync(own, etag, now.Version.Next(), cancellationToken) : Task.FromResult(false),
            cancellationToken);
    }

    /// <summary>The row as it was last read; of a silo that joined since, what the membership knows.</summary>
    private MembershipEntry RowOf(ClusterMember member)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var row = _last?.TryGet(member.SiloAddress)?.Item1 ?? new MembershipEntry { SiloAddress = member.SiloAddress, SiloName = member.Name, HostName = "", StartTime = now };
        row.Status = member.Status;
        row.IAmAliveTime = now;
        return row;
    }

    /// <summary>Changes the table until it is as it should be; others mend it at the same time.</summary>
    private async Task ChangeAsync(Func<MembershipTableData, bool> isDone, Func<MembershipTableData, Task<bool>> change, CancellationToken cancellationToken)
    {
        while (await table.ReadAllAsync(cancellationToken) is var now && !isDone(now)) await change(now);
    }

    [LoggerMessage(1, LogLevel.Warning, "the table of the cluster's silos is lost: it is written again with the {Count} that this node knows")]
    private static partial void LogRestoring(ILogger logger, int count);

    [LoggerMessage(2, LogLevel.Debug, "the table of the cluster's silos can't be read for the moment")]
    private static partial void LogAway(ILogger logger, Exception away);
}
