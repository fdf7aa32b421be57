using System.Collections.Immutable;
using Exo.Api;
using Exo.Grains.Models;
using Exo.Grains.Nodes;
using Orleans.Runtime;

namespace Exo.Grains.Cluster;

/// <summary>The nodes of the cluster as its members see them.</summary>
internal sealed class ClusterNodes(NodeCalls calls, IClusterMembershipService membership)
{
    /// <inheritdoc cref="NodeCalls.GlanceAsync"/>
    public Task<ImmutableArray<NodeFacts>> FactsAsync(CancellationToken cancellationToken) => calls.GlanceAsync(cancellationToken);

    /// <summary>Every node that is in the cluster, on its way in or out, or lost a short while ago.</summary>
    public async Task<IReadOnlyList<NodeState>> StatesAsync(CancellationToken cancellationToken)
    {
        // A node that came back has a member of each of its lives: the last one counts.
        var members = membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status is not SiloStatus.None)
            .GroupBy(member => member.Name)
            .Select(lives => lives.MaxBy(member => member.SiloAddress.Generation)!)
            .OrderBy(member => member.Name, StringComparer.Ordinal);
        var known = (await FactsAsync(cancellationToken)).ToDictionary(facts => facts.Name, StringComparer.Ordinal);
        return [.. members.Select(member =>
        {
            var status = StatusOf(member.Status);
            var facts = status == NodeStatus.Active ? known.GetValueOrDefault(member.Name) : null;
            return StateOf(member, status == NodeStatus.Active && facts is null ? NodeStatus.Suspected : status, facts);
        })];
    }

    private static NodeStatus StatusOf(SiloStatus status) => status switch
    {
        SiloStatus.Active => NodeStatus.Active,
        SiloStatus.Created or SiloStatus.Joining => NodeStatus.Joining,
        SiloStatus.ShuttingDown or SiloStatus.Stopping => NodeStatus.Leaving,
        _ => NodeStatus.Lost,
    };

    private static NodeState StateOf(ClusterMember member, NodeStatus status, NodeFacts? facts) => new()
    {
        Name = member.Name,
        Status = status,
        Address = member.SiloAddress.Endpoint.ToString(),
        Cores = facts?.Cores ?? 0,
        MemoryByteCount = facts?.MemoryByteCount ?? 0,
        UsedMemoryByteCount = facts?.UsedMemoryByteCount ?? 0,
        PeakMemoryByteCount = facts?.PeakMemoryByteCount ?? 0,
        Devices = facts is null ? [] :
        [
            .. facts.Devices.Select(device => new DeviceState
            {
                Name = device.Name,
                Description = device.Description,
                TotalByteCount = device.TotalByteCount,
                FreeByteCount = device.FreeByteCount,
                ReadBytesPerSecond = device.BytesPerSecond > 0 ? device.BytesPerSecond : null,
            }),
        ],
        Links = facts is null ? [] : [.. facts.Links.Select(link => new LinkState(link.To, link.Latency.TotalSeconds, link.BytesPerSecond))],
        Shards = facts is null ? [] :
        [
            .. facts.Shards.Select(shard => new Api.ResidentShard(shard.Model, member.Name, shard.Device, shard.FirstLayer, shard.EndLayer, shard.WeightByteCount, shard.KvByteCount)),
        ],
        Held = facts is null ? [] : [.. facts.Held.Where(held => held.HasLayers).Select(held => new HeldModel(held.Model, held.ByteCount, FirstLayer: held.FirstLayer, EndLayer: held.EndLayer))],
        Pulls = facts is null ? [] : [.. facts.Fetches.Where(fetch => fetch.Phase == FetchPhase.Running).Select(PullOf)],
    };

    private static PullProgress PullOf(FetchState fetch) => new()
    {
        Model = fetch.Order.Model,
        Phase = PullPhase.Fetching,
        DoneByteCount = fetch.BytesDone,
        ByteCount = fetch.BytesWanted,
        CachedByteCount = fetch.BytesFromCache,
        PeerByteCount = fetch.BytesFromPeers,
        BytesPerSecond = fetch.BytesPerSecond,
        SecondsLeft = fetch.BytesPerSecond > 0 ? (fetch.BytesWanted - fetch.BytesDone) / fetch.BytesPerSecond : null,
        Notice = fetch.Trouble,
    };
}
