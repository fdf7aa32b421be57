using System.Runtime.CompilerServices;
using Exo.Engine;
using Exo.Engine.Chat;
using Exo.Engine.Cpu;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Api.Local;

/// <summary>A loaded model with all that turns words into its tokens.</summary>
internal sealed class LocalModel : IAsyncDisposable
{
    private readonly LoadedModel _model;
    private readonly Lazy<ChatTemplate>? _template;
    private readonly SamplingSettings _recipe;
    private readonly long _byteCount;
    private int _activeCount;

    private LocalModel(ResolvedModel resolved, LoadedModel model, Lazy<ChatTemplate>? template)
    {
        (Resolved, _model, _template) = (resolved, model, template);
        _recipe = SamplingRecipe.Of(model.Files.Generation);
        _byteCount = FileByteCount(resolved.Path);
        PromptStyle = ModelCards.StyleOf(model.Files);
    }

    public ResolvedModel Resolved { get; }

    public PromptStyle PromptStyle { get; }

    public DateTimeOffset LoadedAt { get; } = DateTimeOffset.UtcNow;

    /// <exception cref="InvalidModelException">A file is missing, broken or of a kind not supported.</exception>
    /// <exception cref="ExoException">Threads or context asked for are not to be had.</exception>
    public static async Task<LocalModel> LoadAsync(ResolvedModel resolved, LoadRequest request, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var options = new LoadOptions { ContextLength = request.ContextLength, Threads = request.Threads ?? Environment.ProcessorCount };
        try
        {
            var files = ModelFiles.Open(resolved.Path);
            var template = ParseAhead(files);
            var model = await LoadedModel.LoadAsync(files, options, new CpuBackend(), progress, cancellationToken);
            return new LocalModel(resolved, model, template);
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
        PromptStyle = PromptStyle,
        HasChatTemplate = _template is not null,
        Sampling = _recipe,
        ActiveCount = Volatile.Read(ref _activeCount),
        LoadedAt = LoadedAt,
    };

    /// <exception cref="ExoException">The request can't be served.</exception>
    public async IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prompt = Tokenize(request, cancellationToken);
        var sampling = SamplingRecipe.Apply(request.Sampling, _recipe);
        Check(request, prompt);
        var generation = new GenerationRequest
        {
            Prompt = prompt,
            Sampling = sampling,
            MaxTokens = request.MaxTokens,
            Stops = request.Stop,
            TopLogprobs = request.TopLogprobs,
            PromptTopLogprobs = request.TopLogprobs,
        };
        Interlocked.Increment(ref _activeCount);
        try
        {
            yield return new AnswerEvent { PromptTokens = prompt.Count };
            await foreach (var next in _model.GenerateAsync(generation, cancellationToken)) yield return Event(next, sampling.Seed);
        }
        finally
        {
            Interlocked.Decrement(ref _activeCount);
        }
    }

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    /// <summary>The template is parsed while the weights are read. A broken one is told of when a conversation needs it: texts don't.</summary>
    private static Lazy<ChatTemplate>? ParseAhead(ModelFiles files)
    {
        if (files.ChatTemplateSource is not { } source) return null;
        var template = new Lazy<ChatTemplate>(() => new ChatTemplate(source));
        Task.Run(() => template.Value).ContinueWith(parsing => parsing.Exception, TaskContinuationOptions.OnlyOnFaulted);
        return template;
    }

    private IReadOnlyList<int> Tokenize(AnswerRequest request, CancellationToken cancellationToken) => request switch
    {
        { Messages: { } messages, Text: null, PromptIds: null } => _model.Tokenizer.Encode(Render(messages, cancellationToken), addSpecialTokens: false),
        { Text: { } text, Messages: null, PromptIds: null } => _model.Tokenizer.Encode(text),
        { PromptIds: { } ids, Messages: null, Text: null } => ids,
        _ => throw new ExoException(ExoErrorKind.BadRequest, "exactly one of messages, text and prompt ids is needed"),
    };

    private string Render(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        if (_template is null) throw new ExoException(ExoErrorKind.BadRequest, $"{Resolved.Name} has no chat template: it continues texts (--raw)");
        var input = ChatTemplateInput.FromMessages(
            messages.Select(message => new Engine.Chat.ChatMessage(message.Role, message.Content)),
            _model.Files.SpecialTokens.Bos,
            _model.Files.SpecialTokens.Eos);
        return _template.Value.Render(input, cancellationToken);
    }

    private void Check(AnswerRequest request, IReadOnlyList<int> prompt)
    {
        if (prompt.Count == 0) throw new ExoException(ExoErrorKind.BadRequest, "the prompt is empty");
        var vocabSize = _model.Spec.VocabSize;
        foreach (var id in prompt)
            if ((uint)id >= (uint)vocabSize) throw new ExoException(ExoErrorKind.BadRequest, $"there is no token {id}: the model's go from 0 to {vocabSize - 1}");
        if (prompt.Count > _model.ContextLength)
        {
            var what = request.Messages is { Count: > 1 } ? "the conversation" : "the prompt";
            throw new ExoException(
                ExoErrorKind.ContextFull,
                $"{what} is {prompt.Count} tokens, the context holds {_model.ContextLength}: shorten it{(request.Messages is { Count: > 2 } ? ", start anew" : "")} or make room with --context (the model was made for {_model.Spec.ContextLength})");
        }
        if (request.MaxTokens < 0) throw new ExoException(ExoErrorKind.BadRequest, $"max_tokens can't be {request.MaxTokens}");
        if (request.TopLogprobs < 0) throw new ExoException(ExoErrorKind.BadRequest, $"logprobs can't be {request.TopLogprobs}");
        if (request.Stop.Contains("")) throw new ExoException(ExoErrorKind.BadRequest, "a stop text is empty");
    }

    private AnswerEvent Event(GenerationEvent next, ulong seed) => new()
    {
        Text = next.Text,
        Tokens = [.. next.Tokens.Select(token => new AnswerToken(token.TokenId, token.Logprob, Likelihoods(token.TopLogprobs)))],
        PromptTopLogprobs = next.PromptLogprobs is { } positions ? [.. positions.Select(Likelihoods)] : null,
        FinishReason = next.FinishReason switch
        {
            Engine.Generation.FinishReason.Stop => FinishReason.Stop,
            Engine.Generation.FinishReason.Length => FinishReason.Length,
            Engine.Generation.FinishReason.Cancelled => FinishReason.Cancelled,
            _ => null,
        },
        Usage = next.Usage is { } usage ? Usage(usage, seed) : null,
    };

    private AnswerUsage Usage(GenerationUsage usage, ulong seed) => new()
    {
        PromptTokens = usage.PromptTokens,
        CompletionTokens = usage.CompletionTokens,
        ContextLength = _model.ContextLength,
        PrefillSeconds = (usage.QueueTime + usage.PrefillTime).TotalSeconds,
        DecodeSeconds = usage.DecodeTime.TotalSeconds,
        PeakMemoryByteCount = Machine.PeakMemoryByteCount(),
        Seed = seed,
    };

    private static long FileByteCount(string path) => File.Exists(path)
        ? new FileInfo(path).Length
        : new DirectoryInfo(path).EnumerateFiles("*.safetensors").Sum(file => new FileInfo(file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName).Length);

    private static IReadOnlyList<TokenLikelihood> Likelihoods(IReadOnlyList<TokenLogprob> tokens) => [.. tokens.Select(token => new TokenLikelihood(token.TokenId, token.Logprob))];
}
