using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Models;
using Exo.Engine.Scheduling;
using Exo.Engine.Weights;

namespace Exo.Engine.Measuring;

/// <summary>A model loaded to be measured on this machine's cores, row by row.</summary>
public sealed class ModelBenchmark : IDisposable
{
    /// <summary>The share of free memory that keys and values may take.</summary>
    private const double KvShare = 0.5;

    private readonly IWeightSource _source;
    private readonly ShardWeights _weights;
    private readonly BenchmarkPlan _plan;
    private readonly BenchmarkSizes _sizes;
    private readonly IShard _shard;
    private readonly ShardBenchmark _benchmark;

    private ModelBenchmark(ModelFiles files, IWeightSource source, ShardWeights weights, BenchmarkPlan plan, BenchmarkSizes sizes, int threads, CancellationToken cancellationToken)
    {
        (_source, _weights, _plan, _sizes, Threads) = (source, weights, plan, sizes, threads);
        _shard = new CpuBackend().Load(files.Spec, LayerRange.All(files.Spec), weights, new ShardOptions { KvBlockCount = Math.Max(1, plan.BlockCount), Threads = threads }, null, cancellationToken);
        _benchmark = new ShardBenchmark(_shard, weights, threads) { RowTime = sizes.RowTime };
    }

    /// <summary>The rows that will be measured.</summary>
    public IReadOnlyList<BenchmarkRow> Rows => _plan.Rows;

    /// <summary>Rows that the model or the machine has no room for.</summary>
    public IReadOnlyList<LeftOutRow> LeftOut => _plan.LeftOut;

    public int Threads { get; }

    /// <summary>How most of the weights are stored: "BF16", "Q4_0".</summary>
    public string DType => _weights.Tensors().Where(tensor => tensor.Shape.Count > 1).GroupBy(tensor => tensor.Type).MaxBy(group => group.Sum(tensor => tensor.ByteCount))!.Key.ToString();

    /// <summary>Bytes one token reads where nothing is in the cache.</summary>
    public double BytesPerToken => _benchmark.BytesPerToken;

    /// <summary>Bytes a second that the threads read together: the median of what was measured beside the rows.</summary>
    public double Bandwidth => _benchmark.Bandwidth;

    /// <summary>F32 operations a second that the threads do together: the median of what was measured beside the rows.</summary>
    public double Peak => _benchmark.Peak;

    /// <summary>Loads a model whole, its weights read from the disk before anything is measured.</summary>
    /// <param name="threads">Compute threads.</param>
    /// <exception cref="InvalidModelException">A file is not what it must be.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled; the weights are closed.</exception>
    public static async Task<ModelBenchmark> LoadAsync(ModelFiles files, BenchmarkSizes sizes, int threads, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var source = files.OpenWeights();
        try
        {
            var weights = files.LoadShard(source, LayerRange.All(files.Spec));
            var backend = new CpuBackend();
            using (var reading = WeightPrefetch.Start(weights.Tensors().Where(tensor => !tensor.IsMade && !(backend.PacksAtOnce(tensor) && backend.Packs(weights, tensor))), cancellationToken: cancellationToken)) await reading.Completion;
            cancellationToken.ThrowIfCancellationRequested();
            var budget = Math.Max(0, FreeMemory.ByteCount() - backend.LoadedByteCount(weights)) * KvShare;
            var plan = BenchmarkPlan.For(sizes, files.Spec, (long)budget / KvPlan.BlockByteCount(files.Spec, weights, KvType.Auto));
            return await Task.Run(() => new ModelBenchmark(files, source, weights, plan, sizes, threads, cancellationToken), cancellationToken);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Measures one of <see cref="Rows"/>; blocks the calling thread, which computes along.</summary>
    public BenchmarkResult Measure(BenchmarkRow row, CancellationToken cancellationToken = default) => row.IsPrefill
        ? _benchmark.Prefill(row.Prompt, _sizes.Repetitions, cancellationToken)
        : _benchmark.Decode(row.Context, row.Batch, BenchmarkPlan.DecodeTokens, _sizes.Repetitions, cancellationToken);

    public void Dispose()
    {
        _shard.Dispose();
        _source.Dispose();
    }
}
