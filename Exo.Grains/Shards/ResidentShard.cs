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

    private ResidentShard(ResidentShape shape, IShard shard, IWeightSource weights, WeightPrefetch prefetch, long weightByteCount)
    {
        (Shape, Shard, _weights, _prefetch, WeightByteCount) = (shape, shard, weights, prefetch, weightByteCount);
    }

    public ResidentShape Shape { get; }

    public IShard Shard { get; }

    public long WeightByteCount { get; }

    public long KvByteCount => Shard.KvBlockByteCount * Shard.KvBlockCount;

    /// <summary>Maps the range's weights, starts to read them ahead, and makes the shard ready.</summary>
    /// <exception cref="Engine.InvalidModelException">A file is not what it must be.</exception>
    public static ResidentShard Load(ModelFiles files, ResidentShape shape, IShardBackend backend, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var weights = files.OpenWeights();
        WeightPrefetch? prefetch = null;
        try
        {
            var range = files.LoadShard(weights, shape.Layers);
            prefetch = WeightPrefetch.Start(range.Tensors(), cancellationToken: cancellationToken);
            var shard = backend.Load(
                files.Spec, shape.Layers, range, new ShardOptions { KvBlockCount = shape.KvBlockCount, Threads = shape.Threads }, progress, cancellationToken);
            return new ResidentShard(shape, shard, weights, prefetch, range.Tensors().Sum(tensor => tensor.ByteCount));
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
internal sealed record ResidentShape(string Path, LayerRange Layers, string Device, int KvBlockCount, int Threads);
