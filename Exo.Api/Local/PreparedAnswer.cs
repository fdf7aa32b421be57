using System.Text;
using Exo.Engine.Generation;
using Exo.Engine.Tokenization;

namespace Exo.Api.Local;

/// <summary>A request as the engine takes it, and what turns the engine's events into the contract's.</summary>
public sealed class PreparedAnswer
{
    private readonly AnswerRequest _request;
    private readonly int _contextLength;
    private readonly Tokenizer? _tokenizer;

    internal PreparedAnswer(AnswerRequest request, int contextLength, Tokenizer? tokenizer, GenerationRequest generation) =>
        (_request, _contextLength, _tokenizer, Generation) = (request, contextLength, tokenizer, generation);

    /// <summary>What the engine is to generate; its seed is drawn already.</summary>
    public GenerationRequest Generation { get; }

    /// <summary>The event that comes before the first token.</summary>
    public AnswerEvent First => new()
    {
        PromptTokens = Generation.Prompt.Count,
        Prompt = _request.EchoPrompt && Generation.PromptTopLogprobs == 0 ? [.. Generation.Prompt.Select(id => new PromptToken(id, null, Bytes(id)))] : null,
    };

    /// <summary>What the engine tells, as the contract tells it.</summary>
    public AnswerEvent Of(GenerationEvent next) => new()
    {
        Text = next.Text,
        Tokens = [.. next.Tokens.Select(token => new AnswerToken(token.TokenId, token.Logprob, Likelihoods(token.TopLogprobs, int.MaxValue), Bytes(token.TokenId)))],
        PromptTopLogprobs = next.PromptLogprobs is { } positions ? [.. positions.Select(position => Likelihoods(position, Generation.PromptTopLogprobs))] : null,
        Prompt = next.PromptLogprobs is { } known && _request.EchoPrompt ? Prompt(known) : null,
        FinishReason = next.FinishReason switch
        {
            Engine.Generation.FinishReason.Stop => FinishReason.Stop,
            Engine.Generation.FinishReason.Length => FinishReason.Length,
            Engine.Generation.FinishReason.Cancelled => FinishReason.Cancelled,
            _ => null,
        },
        Usage = next.Usage is { } usage ? Usage(usage) : null,
    };

    private AnswerUsage Usage(GenerationUsage usage) => new()
    {
        PromptTokens = usage.PromptTokens,
        CompletionTokens = usage.CompletionTokens,
        CachedTokens = usage.CachedTokens,
        ContextLength = _contextLength,
        PrefillSeconds = (usage.QueueTime + usage.PrefillTime).TotalSeconds,
        DecodeSeconds = usage.DecodeTime.TotalSeconds,
        PeakMemoryByteCount = Machine.PeakMemoryByteCount(),
        Seed = Generation.Sampling.Seed,
    };

    /// <summary>What follows a position tells how likely the next token of the prompt was.</summary>
    private PromptToken[] Prompt(IReadOnlyList<IReadOnlyList<TokenLogprob>> positions)
    {
        var ids = Generation.Prompt;
        var tokens = new PromptToken[ids.Count];
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = new PromptToken(ids[i], i == 0 ? null : positions[i - 1].First(token => token.TokenId == ids[i]).Logprob, Bytes(ids[i]));
        return tokens;
    }

    /// <summary>At most <paramref name="count"/>: behind them the engine may tell the prompt's own next token.</summary>
    private IReadOnlyList<TokenLikelihood> Likelihoods(IReadOnlyList<TokenLogprob> tokens, int count) =>
        [.. tokens.Take(count).Select(token => new TokenLikelihood(token.TokenId, token.Logprob, Bytes(token.TokenId)))];

    private byte[]? Bytes(int id)
    {
        if (!_request.TokenBytes || _tokenizer is null) return null;
        return _tokenizer.Bytes(id) is { Length: > 0 } bytes ? bytes.ToArray() : Encoding.UTF8.GetBytes(_tokenizer.Piece(id));
    }
}
