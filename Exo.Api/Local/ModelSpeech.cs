using Exo.Engine.Chat;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Api.Local;

/// <summary>
/// Between a model's tokens and what people ask and read: prompts become token ids, wishes a request that the engine understands. Knows
/// the model's files, not what runs them.
/// </summary>
public sealed class ModelSpeech
{
    private readonly ModelFiles _files;
    private readonly Lazy<ChatTemplate>? _template;

    /// <param name="name">What to call the model in errors.</param>
    /// <param name="files">Its files.</param>
    public ModelSpeech(string name, ModelFiles files)
    {
        Name = name;
        _files = files;
        _template = ParseAhead(files);
        Sampling = SamplingRecipe.Of(files.Generation);
        PromptStyle = ModelCards.StyleOf(files);
    }

    public string Name { get; }

    /// <summary>How the model takes a plain prompt.</summary>
    public PromptStyle PromptStyle { get; }

    public bool HasChatTemplate => _template is not null;

    /// <summary>The model's own sampling: every value but the seed is set.</summary>
    public SamplingSettings Sampling { get; }

    /// <summary>Makes of a request what the engine is to generate.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="contextLength">Tokens of context there is room for, where the model runs.</param>
    /// <param name="cancellationToken">Ends a template that takes long.</param>
    /// <exception cref="ExoException">The request can't be served; the sentence says why.</exception>
    public PreparedAnswer Prepare(AnswerRequest request, int contextLength, CancellationToken cancellationToken = default)
    {
        var prompt = Tokenize(request, cancellationToken);
        Check(request, prompt, contextLength);
        var promptTop = request.PromptTopLogprobs ?? request.TopLogprobs;
        return new PreparedAnswer(request, contextLength, _files.HasTokenizer ? _files.Tokenizer : null, new GenerationRequest
        {
            Prompt = prompt,
            Sampling = SamplingRecipe.Apply(request.Sampling, Sampling) with { LogitBias = request.LogitBias ?? new Dictionary<int, float>() },
            MaxTokens = request.MaxTokens,
            Stops = request.Stop,
            TopLogprobs = request.TopLogprobs,
            PromptTopLogprobs = promptTop,
            PromptOwnLogprobs = request.EchoPrompt && promptTop > 0,
        });
    }

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
        { Messages: { } messages, Text: null, PromptIds: null } => _files.Tokenizer.Encode(Render(messages, cancellationToken), addSpecialTokens: false),
        { Text: { } text, Messages: null, PromptIds: null } => _files.Tokenizer.Encode(text),
        { PromptIds: { } ids, Messages: null, Text: null } => ids,
        _ => throw new ExoException(ExoErrorKind.BadRequest, "exactly one of messages, text and prompt ids is needed"),
    };

    private string Render(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        if (_template is null) throw new ExoException(ExoErrorKind.BadRequest, $"{Name} has no chat template: it continues texts (--raw, or /v1/completions)");
        var input = ChatTemplateInput.FromMessages(
            messages.Select(message => new Engine.Chat.ChatMessage(message.Role, message.Content)),
            _files.SpecialTokens.Bos,
            _files.SpecialTokens.Eos);
        try
        {
            return _template.Value.Render(input, cancellationToken);
        }
        catch (ChatTemplateException broken) when (broken.Fault != ChatTemplateFault.Refused)
        {
            throw new ExoException(ExoErrorKind.InvalidModel, $"{Name}: {broken.Message} (--raw, or /v1/completions, does without the template)", broken);
        }
    }

    private void Check(AnswerRequest request, IReadOnlyList<int> prompt, int contextLength)
    {
        if (prompt.Count == 0) throw Refuse("the prompt is empty");
        var vocabSize = _files.Spec.VocabSize;
        foreach (var id in prompt)
            if ((uint)id >= (uint)vocabSize) throw Refuse($"there is no token {id}: the model's go from 0 to {vocabSize - 1}");
        if (prompt.Count > contextLength)
        {
            var what = request.Messages is { Count: > 1 } ? "the conversation" : "the prompt";
            throw new ExoException(
                ExoErrorKind.ContextFull,
                $"{what} is {prompt.Count} tokens, the context holds {contextLength}: shorten it{(request.Messages is { Count: > 2 } ? ", start anew" : "")} or make room with --context (the model was made for {_files.Spec.ContextLength})");
        }
        if (request.MaxTokens < 0) throw Refuse($"max_tokens can't be {request.MaxTokens}");
        if (request.TopLogprobs < 0) throw Refuse($"logprobs can't be {request.TopLogprobs}");
        if (request.PromptTopLogprobs < 0) throw Refuse($"the prompt's logprobs can't be {request.PromptTopLogprobs}");
        if (request.Stop.Contains("")) throw Refuse("a stop text is empty");
        foreach (var (id, bias) in request.LogitBias ?? new Dictionary<int, float>())
        {
            if ((uint)id >= (uint)vocabSize) throw Refuse($"logit_bias names token {id}: the model's go from 0 to {vocabSize - 1}");
            if (float.IsNaN(bias) || float.IsPositiveInfinity(bias)) throw Refuse($"logit_bias of token {id} can't be {bias}");
        }
    }

    private static ExoException Refuse(string message) => new(ExoErrorKind.BadRequest, message);
}
