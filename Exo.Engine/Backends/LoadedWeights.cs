using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Engine.Backends;

/// <summary>What becomes of a range's weights when a backend loads them.</summary>
public static class LoadedWeights
{
    /// <summary>Whether a tensor ends up in memory of the shard's own, in the backend's form. An embedding doesn't, unless it is the head too: rows are looked up where they are stored.</summary>
    public static bool Packs(this IShardBackend backend, ShardWeights range, Tensor tensor) => backend.Packs(tensor) && (!ReferenceEquals(tensor, range.Embedding) || ReferenceEquals(tensor, range.Head));

    /// <summary>
    /// Bytes of a range's weights once they are loaded, each tensor counted once. Of an embedding that is the head too the head's copy counts, and not the few rows that are looked up
    /// beside it where they are stored.
    /// </summary>
    public static long LoadedByteCount(this IShardBackend backend, ShardWeights range) =>
        range.Tensors().Sum(tensor => backend.Packs(range, tensor) ? backend.LoadedByteCount(tensor) : tensor.ByteCount);
}
