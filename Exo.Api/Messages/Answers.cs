using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>Asks for an answer. Exactly one of <see cref="Messages"/>, <see cref="Text"/> and <see cref="PromptIds"/> is set.</summary>
public sealed record AnswerRequest
{
    public required string Model { get; init; }

    /// <summary>A conversation, rendered by the model's chat template.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>A text to continue, tokenized as the model wants a text's beginning.</summary>
    public string? Text { get; init; }

    /// <summary>The prompt as the model's token ids, to which nothing is added.</summary>
    public IReadOnlyList<int>? PromptIds { get; init; }

    public SamplingSettings Sampling { get; init => field = value ?? new(); } = new();

    /// <summary>Tokens to write at most; null: until the model stops or the context is full.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Strings that end the answer; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init => field = value ?? []; } = [];

    /// <summary>Added to single tokens' logits, by token id; negative infinity bans a token.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>At each position the likeliest tokens are told, this many; 0: none.</summary>
    public int TopLogprobs { get; init; }

    /// <summary>The same for the positions of the prompt; null: as many as <see cref="TopLogprobs"/>. Above 0 the prompt is computed anew, whatever the prefix cache holds.</summary>
    public int? PromptTopLogprobs { get; init; }

    /// <summary>The prompt's own tokens are told, <see cref="AnswerEvent.Prompt"/>.</summary>
    public bool EchoPrompt { get; init; }

    /// <summary>Tokens are told with the bytes they stand for.</summary>
    public bool TokenBytes { get; init; }

    /// <summary>How the model is loaded where it isn't yet.</summary>
    public int? ContextLength { get; init; }

    /// <summary>How the model is loaded where it isn't yet.</summary>
    public int? Threads { get; init; }

    /// <summary>How the model is loaded where it isn't yet.</summary>
    public WeightQuantization? Quantization { get; init; }
}

/// <summary>One message of a conversation.</summary>
/// <param name="Role">"system", "user" or "assistant".</param>
public sealed record ChatMessage(string Role, string Content);

/// <summary>How tokens are picked. What is null is the model's own choice, then Exo's.</summary>
public sealed record SamplingSettings
{
    /// <summary>0: always the likeliest token.</summary>
    public float? Temperature { get; init; }

    /// <summary>Only this many likeliest tokens; 0: all.</summary>
    public int? TopK { get; init; }

    /// <summary>Only the likeliest tokens that together reach this probability; 1: all.</summary>
    public float? TopP { get; init; }

    /// <summary>Only tokens at least this share as likely as the likeliest; 0: all.</summary>
    public float? MinP { get; init; }

    /// <summary>1 is off.</summary>
    public float? RepeatPenalty { get; init; }

    /// <summary>0 is off.</summary>
    public float? PresencePenalty { get; init; }

    /// <summary>0 is off.</summary>
    public float? FrequencyPenalty { get; init; }

    /// <summary>The same request and seed give the same tokens. Null: a new one each time.</summary>
    public ulong? Seed { get; init; }
}

/// <summary>A part of an answer.</summary>
public sealed record AnswerEvent
{
    /// <summary>Whole characters only; may be empty.</summary>
    public string Text { get; init => field = value ?? ""; } = "";

    /// <summary>The tokens picked since the event before, those included whose text is held back.</summary>
    public IReadOnlyList<AnswerToken> Tokens { get; init => field = value ?? []; } = [];

    /// <summary>Tokens of the prompt; on the first event, which comes before the first token.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>On the last event.</summary>
    public FinishReason? FinishReason { get; init; }

    /// <summary>On the last event.</summary>
    public AnswerUsage? Usage { get; init; }

    /// <summary>For each position of the prompt what may follow it, likeliest first; once, where asked for.</summary>
    public IReadOnlyList<IReadOnlyList<TokenLikelihood>>? PromptTopLogprobs { get; init; }

    /// <summary>The prompt's tokens; once, where asked for: with <see cref="PromptTopLogprobs"/> where these were asked for too, else on the first event.</summary>
    public IReadOnlyList<PromptToken>? Prompt { get; init; }
}

/// <summary>A picked token.</summary>
/// <param name="Logprob">The natural logarithm of its probability in the softmax over the model's unmodified logits.</param>
/// <param name="TopLogprobs">The likeliest at its position, best first; empty where not asked for.</param>
/// <param name="Bytes">What it stands for, maybe no whole character; null where not asked for.</param>
public sealed record AnswerToken(int Id, float Logprob, IReadOnlyList<TokenLikelihood> TopLogprobs, byte[]? Bytes = null);

/// <summary>A token of the prompt.</summary>
/// <param name="Logprob">How likely it was after those before it; null for the first, and where log-probabilities were not asked for.</param>
/// <param name="Bytes">As of <see cref="AnswerToken"/>.</param>
public sealed record PromptToken(int Id, float? Logprob, byte[]? Bytes);

[JsonConverter(typeof(SnakeCaseEnum<FinishReason>))]
public enum FinishReason
{
    /// <summary>The model ended, or a stop string came.</summary>
    Stop,

    /// <summary>The tokens asked for are written, or the context is full.</summary>
    Length,

    /// <summary>The caller broke off.</summary>
    Cancelled,
}

/// <summary>The figures of an answer.</summary>
public sealed record AnswerUsage
{
    public required int PromptTokens { get; init; }

    public required int CompletionTokens { get; init; }

    /// <summary>Of the prompt's tokens, those found computed already.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Tokens of context there were room for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>From the request to the first token.</summary>
    public required double PrefillSeconds { get; init; }

    /// <summary>From the first token to the last.</summary>
    public required double DecodeSeconds { get; init; }

    /// <summary>The most memory the process that ran the model has had resident so far.</summary>
    public required long PeakMemoryByteCount { get; init; }

    /// <summary>The seed that was used.</summary>
    public required ulong Seed { get; init; }
}
