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
    private readonly long _byteCount;
    private int _activeCount;

    private LocalModel(ResolvedModel resolved, LoadedModel model, ModelSpeech speech)
    {
        (Resolved, _model, _speech) = (resolved, model, speech);
        _byteCount = FileByteCount(resolved.Path);
    }

    public ResolvedModel Resolved { get; }

    public DateTimeOffset LoadedAt { get; } = DateTimeOffset.UtcNow;

    /// <exception cref="InvalidModelException">A file is missing, broken or of a kind not supported.</exception>
    /// <exception cref="ExoException">Threads or context asked for are not to be had.</exception>
    public static async Task<LocalModel> LoadAsync(ResolvedModel resolved, LoadRequest request, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var options = new LoadOptions { ContextLength = request.ContextLength, Threads = request.Threads ?? Environment.ProcessorCount };
        try
        {
            var files = ModelFiles.Open(resolved.Path);
            var speech = new ModelSpeech(resolved.Name, files);
            var model = await LoadedModel.LoadAsync(files, options, new CpuBackend(), progress, cancellationToken);
            return new LocalModel(resolved, model, speech);
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
        ByteCount = _byteCount,
        Device = "cpu",
        PromptStyle = _speech.PromptStyle,
        HasChatTemplate = _speech.HasChatTemplate,
        Sampling = _speech.Sampling,
        ActiveCount = Volatile.Read(ref _activeCount),
        LoadedAt = LoadedAt,
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

    private static long FileByteCount(string path) => File.Exists(path)
        ? new FileInfo(path).Length
        : new DirectoryInfo(path).EnumerateFiles("*.safetensors").Sum(file => new FileInfo(file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName).Length);
}
