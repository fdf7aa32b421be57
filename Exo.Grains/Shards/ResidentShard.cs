using Exo.Api;
using Exo.Engine;
using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Engine.Weights;
using Exo.Grains.Models;

namespace Exo.Grains.Shards;

/// <summary>
/// A range of layers in this node's memory with its mapped weights and KV cache. It outlives epochs: a deployment that is replaced leaves it to
/// the next one where that wants the same, because KV blocks are written before they are read.
/// </summary>
internal sealed class ResidentShard : IDisposable
{
    private readonly IWeightSource _weights;
    private readonly WeightPrefetch _prefetch;

    /// <summary>Bytes of weights that are read from mapped pages, which the system counts as memory that is to be had.</summary>
    private readonly long _mappedByteCount;

    private ResidentShard(ResidentShape shape, IShard shard, IWeightSource weights, WeightPrefetch prefetch, long weightByteCount, long mappedByteCount)
    {
        (Shape, Shard, _weights, _prefetch, WeightByteCount, _mappedByteCount) = (shape, shard, weights, prefetch, weightByteCount, mappedByteCount);
    }

    public ResidentShape Shape { get; }

    public IShard Shard { get; }

    public long WeightByteCount { get; }

    public long KvByteCount => Shard.KvBlockByteCount * Shard.KvBlockCount;

    /// <summary>Bytes of it that the system doesn't count as taken: mapped weights, those that are yet to be packed, and keys and values that nothing was written to yet.</summary>
    public long UnseenByteCount => _mappedByteCount + Shard.PendingByteCount + KvByteCount - Shard.KvTouchedByteCount;

    /// <summary>Maps the range's weights, starts to read ahead what stays mapped, and makes the shard ready, which quantizes what is to be quantized.</summary>
    /// <exception cref="Engine.InvalidModelException">A file is not what it must be.</exception>
    public static ResidentShard Load(ModelFiles files, ResidentShape shape, IShardBackend backend, ShardProgress progress, CancellationToken cancellationToken)
    {
        var weights = files.OpenWeights();
        WeightPrefetch? prefetch = null;
        try
        {
            // 1. What the backend packs at once is read once and given back: read ahead, it would be in memory twice.
            var range = files.LoadShard(weights, shape.Layers);
            var own = range.Tensors().Where(tensor => backend.Packs(range, tensor)).ToHashSet();
            var packsAtOnce = range.Tensors().Sum(tensor => tensor.ByteCount) >= FreeMemory.ByteCount(); // the range's, where the whole model lies here
            bool IsPackedAtOnce(Tensor tensor) => backend.PacksAtOnce(tensor) || (packsAtOnce && backend.Packs(tensor));
            prefetch = WeightPrefetch.Start(range.InOrderOfUse().Where(tensor => tensor.IsMapped && !IsPackedAtOnce(tensor)), cancellationToken: cancellationToken);
            progress.OwnByteCount = own.Where(IsPackedAtOnce).Sum(backend.LoadedByteCount);

            // 2. An embedding is looked up row by row where its file is mapped. Rows that are quantized for each look-up are promised room as if they were mapped so; where the
            //    head has it all in memory neither are: the few rows that are looked up beside it come again from the file.
            var mapped = range.Tensors().Where(tensor => !own.Contains(tensor)).Sum(tensor => tensor.ByteCount);
            var shard = backend.Load(files.Spec, shape.Layers, range, new ShardOptions { KvBlockCount = shape.KvBlockCount, Threads = shape.Threads, PacksAtOnce = packsAtOnce }, progress, cancellationToken);
            return new ResidentShard(shape, shard, weights, prefetch, backend.LoadedByteCount(range), mapped);
        }
        catch
        {
            prefetch?.Dispose();
            weights.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Shard.Dispose();
        _prefetch.Dispose();
        _weights.Dispose();
    }
}

/// <summary>What makes two loads of a range the same.</summary>
internal sealed record ResidentShape(string Path, LayerRange Layers, string Device, int KvBlockCount, int Threads, WeightQuantization? Quantization);
