using Exo.Engine.Backends;
using Exo.Engine.Generation;
using Exo.Engine.Models;
using Exo.Engine.Scheduling;
using Exo.Engine.Tokenization;
using Exo.Engine.Weights;

namespace Exo.Engine;

/// <summary>A model ready to answer: its shards, its KV cache and the scheduler over them. Thread-safe; many may generate at once.</summary>
public sealed class LoadedModel : IAsyncDisposable
{
    private readonly IShardChain _chain;
    private readonly ModelParts? _parts;
    private readonly Scheduler _scheduler;
    private int _disposed;

    private LoadedModel(ModelFiles files, IShardChain chain, ModelParts? parts, int contextLength, Tokenizer? tokenizer, LoadOptions options)
    {
        Files = files;
        _chain = chain;
        _parts = parts;
        var defaults = new SchedulerOptions { VocabSize = files.Spec.VocabSize, ContextLength = contextLength };
        _scheduler = new Scheduler(chain, defaults with
        {
            EndTokenIds = files.Generation.EosTokenIds,
            MaxSequences = options.MaxSequences,
            PrefixCache = options.PrefixCache,
            StepTokens = Math.Min(defaults.StepTokens, options.MostStepTokens),
            StepTokensWhileDecoding = Math.Min(defaults.StepTokensWhileDecoding, options.MostStepTokens),
        }, tokenizer);
    }

    /// <summary>What it was loaded from.</summary>
    public ModelFiles Files { get; }

    public DecoderSpec Spec => Files.Spec;

    /// <summary>Text to tokens and back.</summary>
    /// <exception cref="InvalidModelException">The model brings none.</exception>
    public Tokenizer Tokenizer => Files.Tokenizer;

    /// <summary>The longest sequence in tokens, prompt and answer together.</summary>
    public int ContextLength => _scheduler.ContextLength;

    /// <summary>Bytes of one KV block (<see cref="KvBlock.TokenCount"/> positions) over all layers; 0 where the shards are somewhere else.</summary>
    public long KvBlockByteCount => _parts?.Shards.Sum(shard => shard.KvBlockByteCount) ?? 0;

    /// <summary>Loads the model at a path.</summary>
    /// <inheritdoc cref="LoadAsync(ModelFiles, LoadOptions, IShardBackend, IProgress{double}?, CancellationToken)"/>
    public static Task<LoadedModel> LoadAsync(string path, LoadOptions options, IShardBackend backend, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => LoadAsync(ModelFiles.Open(path), options, backend, progress, cancellationToken), cancellationToken);

    /// <summary>Loads a model: maps the weights, reads them ahead, and makes the shards ready.</summary>
    /// <param name="files">The model.</param>
    /// <param name="options">Threads, context, sequences.</param>
    /// <param name="backend">The device it runs on.</param>
    /// <param name="progress">Told the share that is ready, 0 to 1, rising.</param>
    /// <exception cref="InvalidModelException">A file is missing, broken, or of a kind not supported; the message names it.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or the context asked for is not to be had.</exception>
    public static async Task<LoadedModel> LoadAsync(ModelFiles files, LoadOptions options, IShardBackend backend, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        // The tokenizer's file is megabytes of JSON: it is read while the weights are.
        var tokenizer = files.HasTokenizer ? Task.Run(() => files.Tokenizer, cancellationToken) : Task.FromResult<Tokenizer?>(null)!;
        var parts = await Task.Run(() => ModelParts.LoadAsync(files, options, backend, progress, cancellationToken), cancellationToken);
        try
        {
            return new LoadedModel(files, new LocalChain(parts.Shards), parts, parts.ContextLength, await tokenizer, options);
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    /// <summary>A model whose shards are ready somewhere else.</summary>
    /// <param name="files">The model; its weights are not opened.</param>
    /// <param name="chain">Its shards. Disposed of with the model where it can be.</param>
    /// <param name="contextLength">The longest sequence in tokens, prompt and answer together.</param>
    /// <param name="options">Sequences, step sizes and the prefix cache; what concerns shards is not looked at.</param>
    /// <exception cref="InvalidModelException">The tokenizer's file is missing or not what it must be.</exception>
    public static LoadedModel Over(ModelFiles files, IShardChain chain, int contextLength, LoadOptions options) =>
        new(files, chain, null, contextLength, files.HasTokenizer ? files.Tokenizer : null, options);

    /// <inheritdoc cref="Scheduler.GenerateAsync"/>
    public IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default) =>
        _scheduler.GenerateAsync(request, cancellationToken);

    /// <inheritdoc cref="Scheduler.Snapshot"/>
    public SchedulerSnapshot Snapshot() => _scheduler.Snapshot();

    /// <summary>Ends whatever is being generated with an <see cref="ObjectDisposedException"/> and frees the memory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _scheduler.DisposeAsync();
        if (_chain is IDisposable chain) await Task.Run(chain.Dispose); // it waits for the shards to come to rest
        _parts?.Dispose();
    }
}
