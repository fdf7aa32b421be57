using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Engine.Scheduling;
using Exo.Engine.Weights;

namespace Exo.Engine;

/// <summary>What a loaded model holds of this machine: mapped weights and the shards over them.</summary>
internal sealed class ModelParts : IDisposable
{
    /// <summary>The share of free memory that keys and values may take.</summary>
    private const double KvShare = 0.5;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(50);

    private readonly IWeightSource _weights;
    private readonly List<IShard> _shards = [];
    private WeightPrefetch? _prefetch;

    private ModelParts(IWeightSource weights) => _weights = weights;

    public IReadOnlyList<IShard> Shards => _shards;

    public int ContextLength { get; private set; }

    public static async Task<ModelParts> LoadAsync(ModelFiles files, LoadOptions options, IShardBackend backend, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        if (options.ShardCount < 1 || options.ShardCount > files.Spec.Layers.Count)
            throw new ArgumentOutOfRangeException(nameof(options), options.ShardCount, $"A model of {files.Spec.Layers.Count} layers can be split into 1 to {files.Spec.Layers.Count} shards.");

        var parts = new ModelParts(files.OpenWeights());
        try
        {
            var free = Math.Min(FreeMemory.ByteCount(), options.MemoryByteCount ?? long.MaxValue);
            var all = files.LoadShard(parts._weights, LayerRange.All(files.Spec));
            var plan = KvPlan.For(files.Spec, all, options, (long)(Math.Max(0, free - parts._weights.ByteCount) * KvShare));
            parts.ContextLength = plan.ContextLength;
            if (parts._weights.ByteCount < free) parts._prefetch = WeightPrefetch.Start(all.Tensors().Where(tensor => !backend.Repacks(tensor)), cancellationToken: cancellationToken);
            parts.LoadShards(files, options, backend, plan, progress, cancellationToken);
            await parts.ReadAheadAsync(progress, cancellationToken);
            return parts;
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var shard in _shards) shard.Dispose();
        _prefetch?.Dispose();
        _weights.Dispose();
    }

    /// <summary>The first half of the progress; nearly nothing where a backend runs on the mapped weights as they are.</summary>
    private void LoadShards(ModelFiles files, LoadOptions options, IShardBackend backend, KvPlan plan, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var layerCount = files.Spec.Layers.Count;
        var shardOptions = new ShardOptions
        {
            KvBlockCount = plan.BlockCount,
            Threads = Math.Max(1, options.Threads / options.ShardCount),
            KvType = options.KvType,
        };
        for (var i = 0; i < options.ShardCount; i++)
        {
            var range = new LayerRange(layerCount * i / options.ShardCount, layerCount * (i + 1) / options.ShardCount);
            var share = progress is null ? null : new Part(progress, 0.5 * i / options.ShardCount, 0.5 / options.ShardCount);
            _shards.Add(backend.Load(files.Spec, range, files.LoadShard(_weights, range), shardOptions, share, cancellationToken));
        }
    }

    /// <summary>The second half: the first pass would wait for every page anyway, this way people see how far it is.</summary>
    private async Task ReadAheadAsync(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        while (_prefetch is { Completion.IsCompleted: false } prefetch)
        {
            progress?.Report(0.5 + 0.5 * prefetch.DoneByteCount / Math.Max(1, prefetch.ByteCount));
            await Task.WhenAny(prefetch.Completion, Task.Delay(ReportInterval, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        progress?.Report(1);
    }

    /// <summary>One stretch of the whole way.</summary>
    private sealed class Part(IProgress<double> whole, double start, double length) : IProgress<double>
    {
        public void Report(double value) => whole.Report(start + length * value);
    }
}
