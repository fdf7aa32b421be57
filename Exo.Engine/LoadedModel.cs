using Exo.Engine.Backends;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Engine;

/// <summary>A model ready to answer: its shards, its KV cache and the scheduler over them. Thread-safe; many may generate at once.</summary>
public sealed class LoadedModel : IAsyncDisposable
{
    private LoadedModel(DecoderSpec spec) => Spec = spec;

    public DecoderSpec Spec { get; }

    /// <summary>The longest sequence in tokens, prompt and answer together.</summary>
    public int ContextLength => throw new NotImplementedException();

    /// <summary>Loads the model at a path.</summary>
    /// <param name="path">A folder with config.json, safetensors and tokenizer.json.</param>
    /// <param name="options">Threads, context, sequences.</param>
    /// <param name="backend">The device it runs on.</param>
    /// <param name="progress">Told the share that is ready, 0 to 1.</param>
    /// <exception cref="InvalidModelException">A file is missing, broken, or of a kind not supported; the message names it.</exception>
    public static Task<LoadedModel> LoadAsync(string path, LoadOptions options, IShardBackend backend, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// Generates; the events come as they are made. Cancelling ends the stream within one step by a last event whose reason is
    /// <see cref="FinishReason.Cancelled"/>, and does not throw; leaving the loop early cancels too.
    /// </summary>
    /// <exception cref="ArgumentException">The request cannot be served: an empty prompt, one longer than the context, an option out of its range.</exception>
    public IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
