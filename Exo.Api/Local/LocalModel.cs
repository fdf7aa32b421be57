using System.Runtime.CompilerServices;
using Exo.Engine;
using Exo.Engine.Cpu;
using Exo.Engine.Models;

namespace Exo.Api.Local;

/// <summary>A loaded model with all that turns words into its tokens.</summary>
internal sealed class LocalModel : IAsyncDisposable
{
    private readonly LoadedModel _model;
    private readonly ModelSpeech _speech;
    private int _activeCount;

    private LocalModel(ResolvedModel resolved, LoadedModel model, ModelSpeech speech, long byteCount) =>
        (Resolved, _model, _speech, ByteCount) = (resolved, model, speech, byteCount);

    public ResolvedModel Resolved { get; }

    /// <summary>Bytes of its weights.</summary>
    public long ByteCount { get; }

    /// <summary>Bytes set aside for keys and values.</summary>
    public long KvByteCount => _model.KvBlockByteCount * _model.Snapshot().Blocks;

    public DateTimeOffset LoadedAt { get; } = DateTimeOffset.UtcNow;

    /// <param name="resolved">Its name, and where it lies.</param>
    /// <param name="files">Its files.</param>
    /// <param name="request">How it is to be loaded.</param>
    /// <param name="memoryByteCount">Bytes it may take; null: what is free.</param>
    /// <param name="progress">Told the share that is ready.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidModelException">A file is missing, broken or of a kind not supported.</exception>
    /// <exception cref="ExoException">Threads or context asked for are not to be had.</exception>
    public static async Task<LocalModel> LoadAsync(
        ResolvedModel resolved, ModelFiles files, LoadRequest request, long? memoryByteCount, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var options = new LoadOptions
        {
            ContextLength = request.ContextLength,
            Threads = request.Threads ?? Environment.ProcessorCount,
            ShardCount = request.ShardCount ?? 1,
            MemoryByteCount = memoryByteCount,
        };
        try
        {
            var speech = new ModelSpeech(resolved.Name, files);
            var byteCount = ModelNeed.WeightByteCount(files);
            var model = await LoadedModel.LoadAsync(files, options, new CpuBackend(), progress, cancellationToken);
            return new LocalModel(resolved, model, speech, byteCount);
        }
        catch (ArgumentException refused)
        {
            throw new ExoException(ExoErrorKind.BadRequest, Failures.WithoutParameter(refused), refused);
        }
    }

    public LoadedModelInfo Info(string name) => new()
    {
        Name = name,
        Path = Resolved.Path,
        ContextLength = _model.ContextLength,
        ByteCount = ByteCount,
        Device = "cpu",
        PromptStyle = _speech.PromptStyle,
        HasChatTemplate = _speech.HasChatTemplate,
        Sampling = _speech.Sampling,
        ActiveCount = Volatile.Read(ref _activeCount),
        LoadedAt = LoadedAt,
        KvByteCount = KvByteCount,
        KvUsedByteCount = _model.KvBlockByteCount * _model.Snapshot().BlocksInUse,
        Shards = [new ResidentShard(name, Environment.MachineName, "cpu", 0, _model.Spec.Layers.Count, ByteCount, KvByteCount)],
    };

    /// <exception cref="ExoException">The request can't be served.</exception>
    public async IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prepared = _speech.Prepare(request, _model.ContextLength, cancellationToken);
        Interlocked.Increment(ref _activeCount);
        try
        {
            yield return prepared.First;
            await foreach (var next in _model.GenerateAsync(prepared.Generation, cancellationToken)) yield return prepared.Of(next);
        }
        finally
        {
            Interlocked.Decrement(ref _activeCount);
        }
    }

    public ValueTask DisposeAsync() => _model.DisposeAsync();
}
