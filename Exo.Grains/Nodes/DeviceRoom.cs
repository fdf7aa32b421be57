using Exo.Grains.Shards;

namespace Exo.Grains.Nodes;

/// <summary>What a device can still give to models. Pure.</summary>
internal static class DeviceRoom
{
    /// <summary>
    /// What the system has free, less what is promised to shards and doesn't show there yet; and never more than the operator allows. What a shard holds
    /// in memory of its own shows already and is not taken off a second time.
    /// </summary>
    /// <param name="freeByteCount">What the system has free now.</param>
    /// <param name="limit">What the operator allows to all models together; null: everything.</param>
    /// <param name="shards">The shards that are on the device or on their way to it.</param>
    public static long Of(long freeByteCount, long? limit, IReadOnlyCollection<ShardState> shards)
    {
        var free = freeByteCount - shards.Sum(shard => shard.UnseenByteCount);
        if (limit is { } most) free = Math.Min(free, most - shards.Sum(shard => shard.ByteCount));
        return Math.Max(0, free);
    }

    /// <summary>The shards that take memory of a device.</summary>
    public static List<ShardState> On(string device, IEnumerable<ShardState> shards) => [.. shards.Where(shard => shard.Device == device && shard.Phase != ShardPhase.Failed)];
}
