using System.Diagnostics;
using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Scheduling;
using Exo.Engine.Weights;

namespace Exo.Engine;

/// <summary>What a loaded model holds of this machine: mapped weights and the shards over them.</summary>
internal sealed class ModelParts : IDisposable
{
    /// <summary>The share of free memory that keys and values may take.</summary>
    private const double KvShare = 0.5;

    /// <summary>Of a load that quantizes, the share of the time until the shards are ready: little is left to be read then.</summary>
    private const double QuantizingShare = 0.95;

    /// <summary>The same of other loads: a backend that runs on the mapped weights as they are is ready at once, and reading takes the time.</summary>
    private const double PlainShare = 0.5;

    /// <summary>What is left to be read then, the first pass reads while it computes.</summary>
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromSeconds(5);

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
            if (files is QuantizedModel quantized && !all.Tensors().Any(tensor => tensor.IsMade)) throw new ArgumentException(quantized.NothingToQuantize());
            var loadedByteCount = backend.LoadedByteCount(all);
            var plan = KvPlan.For(files.Spec, all, options, (long)(Math.Max(0, free - loadedByteCount) * KvShare));
            parts.ContextLength = plan.ContextLength;
            var packsAtOnce = parts._weights.ByteCount >= free;
            if (!packsAtOnce) parts._prefetch = WeightPrefetch.Start(all.InOrderOfUse().Where(tensor => !tensor.IsMade && !backend.PacksAtOnce(tensor)), cancellationToken: CancellationToken.None);
            var share = files is QuantizedModel ? QuantizingShare : PlainShare;
            parts.LoadShards(files, options, backend, plan, packsAtOnce, progress is null ? null : new Part(progress, 0, share), cancellationToken);
            await parts.ReadAheadAsync(progress is null ? null : new Part(progress, share, 1 - share), cancellationToken);
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

    private void LoadShards(ModelFiles files, LoadOptions options, IShardBackend backend, KvPlan plan, bool packsAtOnce, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var layerCount = files.Spec.Layers.Count;
        var shardOptions = new ShardOptions
        {
            KvBlockCount = plan.BlockCount,
            Threads = Math.Max(1, options.Threads / options.ShardCount),
            KvType = options.KvType,
            PacksAtOnce = packsAtOnce,
        };
        for (var i = 0; i < options.ShardCount; i++)
        {
            var range = new LayerRange(layerCount * i / options.ShardCount, layerCount * (i + 1) / options.ShardCount);
            var share = progress is null ? null : new Part(progress, (double)i / options.ShardCount, 1.0 / options.ShardCount);
            _shards.Add(backend.Load(files.Spec, range, files.LoadShard(_weights, range), shardOptions, share, cancellationToken));
        }
    }

    /// <summary>
    /// A long read is shown as a load. Its last seconds are not waited for: the layers come in the order of their use, and the first
    /// pass runs behind the reading.
    /// </summary>
    private async Task ReadAheadAsync(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (_prefetch is { Completion.IsCompleted: false } prefetch && TimeLeft(prefetch, Stopwatch.GetElapsedTime(start)) > LongestOverlap)
        {
            progress?.Report((double)prefetch.DoneByteCount / Math.Max(1, prefetch.ByteCount));
            await Task.WhenAny(prefetch.Completion, Task.Delay(ReportInterval, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        progress?.Report(1);
    }

    /// <summary>How long reading the rest takes at the speed so far; while that is not known, forever.</summary>
    private static TimeSpan TimeLeft(WeightPrefetch prefetch, TimeSpan elapsed) =>
        elapsed < ReportInterval || prefetch.DoneByteCount == 0 ? TimeSpan.MaxValue : elapsed * ((double)(prefetch.ByteCount - prefetch.DoneByteCount) / prefetch.DoneByteCount);

    /// <summary>One stretch of the whole way.</summary>
    private sealed class Part(IProgress<double> whole, double start, double length) : IProgress<double>
    {
        public void Report(double value) => whole.Report(start + length * value);
    }
}
