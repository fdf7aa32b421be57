using Exo.Engine.Backends;
using Exo.Engine.Cpu.Decoder;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu;

/// <summary>A range of layers on this machine's cores. It knows weights and KV blocks, and neither sequences nor other shards.</summary>
internal sealed unsafe class CpuShard : IShard
{
    private readonly ComputeThreads _threads;
    private readonly ThreadScratch _scratch;
    private readonly StepState _state;
    private readonly LayerPass _pass;
    private readonly CpuLayer[] _layers;
    private readonly KvCache[] _caches;
    private readonly EmbeddingRows? _embedding;
    private readonly HeadPass? _head;
    private readonly GradualPacking _packing;
    private readonly bool[] _touched;
    private int _touchedCount;
    private bool _disposed;

    /// <exception cref="InvalidModelException">A tensor's format has no kernel here, or a row can't be quantized.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled.</exception>
    public CpuShard(DecoderSpec spec, LayerRange layers, ShardWeights weights, ShardOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        Spec = spec;
        Layers = layers;
        KvBlockCount = options.KvBlockCount;
        _threads = new ComputeThreads(options.Threads, $"exo compute {layers.Start}-{layers.End}");
        _scratch = new ThreadScratch(options.Threads);
        _state = new StepState(spec);
        _pass = new LayerPass(spec, _threads, _scratch, _state);
        _layers = new CpuLayer[layers.Count];
        _caches = new KvCache[layers.Count];
        _touched = new bool[options.KvBlockCount];
        var toPack = weights.Layers.SelectMany(layer => layer.Tensors()).Append(weights.Head).OfType<Tensor>().Where(MatrixLoader.PacksAtOnce);
        using var loader = new MatrixLoader(_threads, InstructionSets.Best, spec.HasExperts, new LoadAhead(toPack.Select(tensor => tensor.Stored)), cancellationToken);
        _packing = loader.Later;
        try
        {
            for (var i = 0; i < layers.Count; i++)
            {
                var layer = spec.Layers[layers.Start + i];
                _layers[i] = new CpuLayer(spec, layer, weights.Layers[i], loader);
                var kvType = KvTypes.Resolve(options.KvType, spec, weights.Layers[i].Key.Type);
                _caches[i] = new KvCache(options.KvBlockCount, layer.Attention.KvHeads, layer.Attention.HeadSize, kvType);
                _state.Register(layer.Attention.Rope);
                if (options.PacksAtOnce) _packing.Finish(cancellationToken);
                progress?.Report((i + 1.0) / (layers.Count + 1));
            }

            if (layers.IsFirst) _embedding = new EmbeddingRows(weights.Embedding!, _threads);
            if (layers.IsLast(spec)) _head = new HeadPass(spec, _threads, _scratch, loader, weights);
            if (options.PacksAtOnce) _packing.Finish(cancellationToken);
        }
        catch
        {
            loader.Abandon();
            Dispose();
            throw;
        }
    }

    public DecoderSpec Spec { get; }

    public LayerRange Layers { get; }

    public int KvBlockCount { get; }

    public long KvBlockByteCount => _caches.Sum(cache => cache.BlockByteCount);

    public long KvTouchedByteCount => Volatile.Read(ref _touchedCount) * KvBlockByteCount;

    public long PendingByteCount => _packing.PendingByteCount;

    public StepOutput Forward(StepInput step, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Check(step);
        Touch(step);
        _packing.Continue();
        _state.Begin(step, _layers);
        _pass.Begin();
        if (_embedding is not null) Embed(step.TokenIds);
        else step.Hidden.Span.CopyTo(new Span<float>(_state.Hidden, step.Hidden.Length));

        for (var i = 0; i < _layers.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _pass.Run(_layers[i], _caches[i]);
        }

        if (_head is not null) return _head.Run(_state, step.Spent);
        return new StepOutput { Hidden = new ReadOnlySpan<float>(_state.Hidden, step.TokenIds.Length * Spec.HiddenSize).ToArray() };
    }

    /// <summary>Makes the first blocks look computed: see <see cref="KvCache.Fill"/>.</summary>
    public void FillCache(int blockCount)
    {
        foreach (var cache in _caches) cache.Fill(blockCount);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _threads.Dispose();
        _pass.Dispose();
        _head?.Dispose();
        _embedding?.Dispose();
        // Some are missing where a load broke off.
        foreach (var layer in _layers) layer?.Dispose();
        foreach (var cache in _caches) cache?.Dispose();
        _state.Dispose();
        _scratch.Dispose();
    }

    /// <summary>Counts the blocks that a step is the first to write.</summary>
    private void Touch(StepInput step)
    {
        for (var index = 0; index < step.Slices.Count; index++)
        {
            var slice = step.Slices[index];
            for (var block = slice.StartPosition / KvBlock.TokenCount; block < KvBlock.CountFor(slice.StartPosition + slice.TokenCount); block++)
            {
                ref var touched = ref _touched[slice.Blocks.Span[block]];
                if (touched) continue;
                touched = true;
                Volatile.Write(ref _touchedCount, _touchedCount + 1);
            }
        }
    }

    private void Embed(ReadOnlyMemory<int> tokenIds)
    {
        _embedding!.LookUp(tokenIds, _state.Hidden);
        if (Spec.EmbeddingScale == 1f) return;
        foreach (ref var value in new Span<float>(_state.Hidden, checked(tokenIds.Length * Spec.HiddenSize))) value *= Spec.EmbeddingScale;
    }

    private void Check(StepInput step)
    {
        var tokens = 0;
        for (var index = 0; index < step.Slices.Count; index++)
        {
            var slice = step.Slices[index];
            if (slice.TokenCount < 1) throw new ArgumentException($"sequence {slice.SequenceId}: a slice has {slice.TokenCount} tokens, at least 1 is needed", nameof(step));
            if (slice.StartPosition < 0) throw new ArgumentException($"sequence {slice.SequenceId}: start position {slice.StartPosition} is negative", nameof(step));
            var blocks = KvBlock.CountFor(slice.StartPosition + slice.TokenCount);
            if (slice.Blocks.Length < blocks) throw new ArgumentException($"sequence {slice.SequenceId}: {slice.Blocks.Length} KV blocks are given, {blocks} are needed", nameof(step));
            foreach (var block in slice.Blocks.Span[..blocks])
                if ((uint)block >= (uint)KvBlockCount) throw new ArgumentException($"sequence {slice.SequenceId}: KV block {block} is not among the {KvBlockCount} there are", nameof(step));
            tokens += slice.TokenCount;
        }

        if (tokens != step.TokenIds.Length) throw new ArgumentException($"the slices have {tokens} tokens, the step has {step.TokenIds.Length}", nameof(step));
        foreach (var id in step.TokenIds.Span)
            if ((uint)id >= (uint)Spec.VocabSize) throw new ArgumentException($"token id {id} is outside the vocabulary of {Spec.VocabSize}", nameof(step));
        if (_embedding is null && step.Hidden.Length != (long)tokens * Spec.HiddenSize)
            throw new ArgumentException($"{step.Hidden.Length} hidden values are given, {tokens} tokens × {Spec.HiddenSize} are needed", nameof(step));
    }
}
