using System.Collections.Immutable;
using Exo.Grains.Models;
using Exo.Grains.Shards;

namespace Exo.Grains.Nodes;

/// <summary>What nodes of one machine can give to models of the memory that they share. Pure.</summary>
internal static class MachineRoom
{
    /// <summary>The nodes, each with no more room than its machine has left beside what all of them have promised.</summary>
    public static ImmutableArray<NodeFacts> Beside(ImmutableArray<NodeFacts> nodes) => WithRooms(nodes, isDivided: false);

    /// <summary>The nodes, those of one machine with a part each of what it has left: alike, and what one may not take goes to the others.</summary>
    public static ImmutableArray<NodeFacts> Divided(ImmutableArray<NodeFacts> nodes) => WithRooms(nodes, isDivided: true);

    /// <summary>
    /// The nodes as they are once some models are gone from their memory. What shards had in memory of their own is to be had on all nodes of a machine
    /// then, as far as each may take it; what was only promised, on the node that had promised it.
    /// </summary>
    public static ImmutableArray<NodeFacts> Without(ImmutableArray<NodeFacts> nodes, IReadOnlySet<string> models)
    {
        if (models.Count == 0) return nodes;
        var seen = Pools(nodes).ToDictionary(pool => pool.Key, pool => pool.Sum(member => Leaving(member.Node, member.Device).Sum(shard => shard.ByteCount - shard.UnseenByteCount)));
        return [.. nodes.Select(node => node with
        {
            Devices = [.. node.Devices.Select(device => Freed(node, device))],
            Shards = [.. node.Shards.Where(shard => !models.Contains(shard.Model))],
        })];

        List<ShardState> Leaving(NodeFacts node, DeviceFacts device) => [.. DeviceRoom.On(device.Name, node.Shards).Where(shard => models.Contains(shard.Model))];

        DeviceFacts Freed(NodeFacts node, DeviceFacts device)
        {
            var leaving = Leaving(node, device);
            var (own, unseen) = (leaving.Sum(shard => shard.ByteCount), leaving.Sum(shard => shard.UnseenByteCount));
            var machines = device.Shared is { } shared ? seen[(shared.Machine, device.Name)] : own - unseen;
            var (free, allowed) = (device.FreeByteCount + machines + unseen, device.AllowedByteCount + own);
            return device with
            {
                FreeByteCount = allowed < free ? Math.Max(0, allowed.Value) : free,
                AllowedByteCount = allowed,
                UnseenByteCount = device.UnseenByteCount - unseen,
                Shared = device.Shared is { } memory ? memory with { FreeByteCount = memory.FreeByteCount + machines } : null,
            };
        }
    }

    /// <summary>Some of these devices take from the same memory.</summary>
    public static bool IsShared(ImmutableArray<NodeFacts> nodes, IEnumerable<(string Node, string Device)> devices)
    {
        var asked = devices.ToHashSet();
        return Pools(nodes).Any(pool => pool.Count(member => asked.Contains((member.Node.Name, member.Device.Name))) > 1);
    }

    /// <summary>Why a deployment that is about to be loaded has no room on a machine of several nodes any more; null where it has. What is there of the model makes way.</summary>
    public static string? Lack(Deployment deployment, ImmutableArray<NodeFacts> nodes)
    {
        foreach (var pool in Pools(nodes).Where(pool => pool.Count() > 1))
        {
            var needed = deployment.Shards.Where(shard => pool.Any(member => member.Node.Name == shard.Node && member.Device.Name == shard.Device)).Sum(shard => shard.ByteCount);
            var own = pool.Sum(member => DeviceRoom.On(member.Device.Name, member.Node.Shards).Where(shard => shard.Model == deployment.Model).Sum(shard => shard.ByteCount));
            if (needed > Left(pool) + own)
                return $"the machine of nodes {string.Join(", ", pool.Select(member => member.Node.Name).Order(StringComparer.Ordinal))} has {Left(pool) + own >> 20} MiB free for {deployment.Model}, {needed >> 20} MiB are too much";
        }

        return null;
    }

    private static ImmutableArray<NodeFacts> WithRooms(ImmutableArray<NodeFacts> nodes, bool isDivided)
    {
        var rooms = new Dictionary<(string Node, string Device), long>();
        foreach (var pool in Pools(nodes))
        {
            var (left, takers) = (Left(pool), pool.Count());
            foreach (var (node, device) in pool.OrderBy(member => member.Device.FreeByteCount))
            {
                var room = Math.Min(device.FreeByteCount, isDivided ? left / takers-- : left);
                if (isDivided) left -= room;
                rooms[(node.Name, device.Name)] = room;
            }
        }

        return [.. nodes.Select(node => node with { Devices = [.. node.Devices.Select(device => device with { FreeByteCount = rooms.GetValueOrDefault((node.Name, device.Name), device.FreeByteCount) })] })];
    }

    private static long Left(IEnumerable<(NodeFacts Node, DeviceFacts Device)> pool) =>
        Math.Max(0, pool.Min(member => member.Device.Shared!.FreeByteCount) - pool.Sum(member => member.Device.UnseenByteCount));

    /// <summary>Devices that take from one memory.</summary>
    private static IEnumerable<IGrouping<(string Machine, string Device), (NodeFacts Node, DeviceFacts Device)>> Pools(ImmutableArray<NodeFacts> nodes) =>
        nodes.SelectMany(node => node.Devices.Where(device => device.Shared is not null).Select(device => (Node: node, Device: device)))
            .GroupBy(member => (member.Device.Shared!.Machine, member.Device.Name));
}
