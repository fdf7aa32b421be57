using Exo.Grains.Models;
using Exo.Grains.Wire;
using Orleans.Concurrency;

namespace Exo.Grains.Shards;

/// <summary>
/// A contiguous range of one model's layers on one node, in one epoch. Pinned. Key: see <see cref="ShardKey"/>.
/// The memory is the node's shard host; the grain is the way to it.
/// </summary>
[Alias("exo.ILayerGrain")]
public interface ILayerGrain : IGrainWithStringKey
{
    /// <summary>Starts to load the range and returns at once; loading again changes nothing but what is kept of the deployment's options. Shards of lower epochs on this node are freed first.</summary>
    /// <exception cref="ModelRefusedException">The layers are not on this node's disk, or its memory doesn't hold them.</exception>
    [Alias("Load"), AlwaysInterleave]
    Task<ShardState> LoadAsync(Deployment deployment, CancellationToken cancellationToken = default);

    /// <summary>Where the shard stands; its phase is <see cref="ShardPhase.Absent"/> where the node has never heard of it, or no longer.</summary>
    [Alias("GetState"), AlwaysInterleave]
    Task<ShardState> GetStateAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes a step into the shard's queue and returns: the shard computes it on its own thread, hands it to the next shard, and the last one
    /// tells the step's sink. A step already seen does nothing.
    /// </summary>
    /// <exception cref="ShardLostException">The shard is not loaded here, or its epoch is over.</exception>
    [Alias("Forward"), AlwaysInterleave]
    ValueTask ForwardAsync(StepFrame step);

    /// <summary>Nobody wants a step any more. A shard that has it, or will get it, tells the driver that it failed; one that is through with it does nothing.</summary>
    [Alias("Cancel"), AlwaysInterleave]
    Task CancelAsync(long step);

    /// <summary>Frees the range.</summary>
    [Alias("Unload"), AlwaysInterleave]
    Task UnloadAsync(CancellationToken cancellationToken = default);
}

/// <summary>Names a shard: the key of its <see cref="ILayerGrain"/> is "node|model|epoch|index".</summary>
/// <param name="Index">Its place in the chain, from 0.</param>
public readonly record struct ShardKey(string Node, string Model, long Epoch, int Index)
{
    public static ShardKey Of(Deployment deployment, int index) => new(deployment.Shards[index].Node, deployment.Model, deployment.Epoch, index);

    public override string ToString() => Pinning.NodeKey.Join(Node, Model, Epoch, Index);

    internal static ShardKey Parse(string key)
    {
        var rest = Pinning.NodeKey.RestOf(key, 3);
        return new ShardKey(Pinning.NodeKey.NodeOf(key), rest[0], long.Parse(rest[1]), int.Parse(rest[2]));
    }
}

/// <summary>Where a shard stands.</summary>
[GenerateSerializer, Immutable, Alias("exo.ShardState")]
public sealed record ShardState
{
    [Id(0)]
    public required string Model { get; init; }

    [Id(1)]
    public required long Epoch { get; init; }

    [Id(2)]
    public required int FirstLayer { get; init; }

    [Id(3)]
    public required int EndLayer { get; init; }

    [Id(4)]
    public required ShardPhase Phase { get; init; }

    /// <summary>0 to 1.</summary>
    [Id(5)]
    public double LoadedFraction { get; init; }

    /// <summary>Bytes of its weights.</summary>
    [Id(6)]
    public long WeightByteCount { get; init; }

    /// <summary>Bytes its KV cache may take.</summary>
    [Id(7)]
    public long KvByteCount { get; init; }

    /// <summary>Steps in its queue, the running one included.</summary>
    [Id(8)]
    public int QueuedSteps { get; init; }

    /// <summary>Why loading failed, in words fit to be shown.</summary>
    [Id(9)]
    public string? Error { get; init; }

    /// <summary>"cpu", "cuda:0", …</summary>
    [Id(10)]
    public string Device { get; init; } = "cpu";

    /// <summary>Bytes of it that the node's system doesn't count as taken: mapped weights, keys and values that nothing was written to yet, and what is still to be loaded.</summary>
    [Id(11)]
    public long UnseenByteCount { get; init; }

    /// <summary>Bytes that it may take.</summary>
    internal long ByteCount => WeightByteCount + KvByteCount;
}

/// <summary>Where a shard stands.</summary>
[GenerateSerializer, Alias("exo.ShardPhase")]
public enum ShardPhase
{
    Absent,
    Loading,
    Ready,
    Failed,
}

/// <summary>A shard that a step needs is gone, and its KV cache with it.</summary>
[GenerateSerializer, Alias("exo.ShardLostException")]
public sealed class ShardLostException(string message) : Exception(message);
