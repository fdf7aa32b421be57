using System.Text.Json.Serialization;

namespace Exo.Api.Http.OpenAi;

/// <summary>The answer of <c>/v1/chat/completions</c>, whole.</summary>
internal sealed record ChatCompletion
{
    public required string Id { get; init; }

    public string Object => "chat.completion";

    public required long Created { get; init; }

    public required string Model { get; init; }

    public required string SystemFingerprint { get; init; }

    public required IReadOnlyList<ChatChoice> Choices { get; init; }

    public required CompletionUsage Usage { get; init; }
}

internal sealed record ChatChoice(int Index, ChatText Message, ChatLogprobs? Logprobs, string FinishReason);

/// <summary>A message of the model's; nothing here refuses.</summary>
internal sealed record ChatText(string Role, string Content, string? Refusal = null);

/// <summary>A part of it.</summary>
internal sealed record ChatChunk
{
    public required string Id { get; init; }

    public string Object => "chat.completion.chunk";

    public required long Created { get; init; }

    public required string Model { get; init; }

    public required string SystemFingerprint { get; init; }

    public required IReadOnlyList<ChatChunkChoice> Choices { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CompletionUsage? Usage { get; init; }
}

internal sealed record ChatChunkChoice(int Index, ChatDelta Delta, ChatLogprobs? Logprobs, string? FinishReason);

internal sealed record ChatDelta(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content);

internal sealed record ChatLogprobs(IReadOnlyList<ChatTokenLogprob> Content, IReadOnlyList<ChatTokenLogprob>? Refusal = null)
{
    public static ChatLogprobs Of(IReadOnlyList<AnswerToken> tokens) => new([.. tokens.Select(token => new ChatTokenLogprob(
        TokenText.Of(token.Bytes), token.Logprob, TokenText.Numbers(token.Bytes), [.. token.TopLogprobs.Select(top => new ChatTopLogprob(TokenText.Of(top.Bytes), top.Logprob, TokenText.Numbers(top.Bytes)))]))]);
}

internal sealed record ChatTokenLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes, IReadOnlyList<ChatTopLogprob> TopLogprobs);

internal sealed record ChatTopLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes);

/// <summary>What an answer took, all choices together.</summary>
internal sealed record CompletionUsage(int PromptTokens, int CompletionTokens, int TotalTokens, PromptTokensDetails PromptTokensDetails);

internal sealed record PromptTokensDetails(int CachedTokens);
