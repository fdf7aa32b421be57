using Exo.Engine.Backends;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu;

/// <summary>Runs shards on this machine's cores with managed SIMD.</summary>
public sealed class CpuBackend : IShardBackend
{
    public string Device => "cpu";

    public bool Packs(Tensor tensor) => MatrixLoader.Packs(tensor);

    public bool PacksAtOnce(Tensor tensor) => MatrixLoader.PacksAtOnce(tensor);

    public long LoadedByteCount(Tensor tensor) => LoadedSize.Of(tensor);

    public IShard Load(DecoderSpec spec, LayerRange layers, ShardWeights weights, ShardOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.KvBlockCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        if (weights.Layers.Count != layers.Count)
            throw new ArgumentException($"weights of {weights.Layers.Count} layers are given for a range of {layers.Count}", nameof(weights));
        cancellationToken.ThrowIfCancellationRequested();
        var shard = new CpuShard(spec, layers, weights, options, progress, cancellationToken);
        progress?.Report(1);
        return shard;
    }
}
