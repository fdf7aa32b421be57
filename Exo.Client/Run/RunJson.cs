using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Exo.Api;

namespace Exo.Client.Run;

/// <summary>The record that `exo run --json` ends with. The names are a contract: docs/console.md.</summary>
internal sealed record RunJson
{
    public required string Model { get; init; }

    public required string Text { get; init; }

    public required IReadOnlyList<int> TokenIds { get; init; }

    public required string FinishReason { get; init; }

    public required int PromptTokens { get; init; }

    public required int CompletionTokens { get; init; }

    public required double LoadSeconds { get; init; }

    public required double PrefillSeconds { get; init; }

    public required double DecodeSeconds { get; init; }

    /// <summary>Null where the answer was broken off and who wrote it tells nothing more.</summary>
    public long? PeakMemoryBytes { get; init; }

    /// <summary>For each position of the prompt what may follow it; only with --logprobs.</summary>
    public IReadOnlyList<IReadOnlyList<TokenLikelihood>>? PromptTopLogprobs { get; init; }

    /// <summary>For each token of the answer what might have stood there; only with --logprobs.</summary>
    public IReadOnlyList<IReadOnlyList<TokenLikelihood>>? TopLogprobs { get; init; }

    public static RunJson Of(RunOptions options, OpenedModel model, AnswerRecord answer, long? peakMemoryByteCount) => new()
    {
        Model = options.Model,
        Text = answer.Text,
        TokenIds = [.. answer.Tokens.Select(token => token.Id)],
        FinishReason = answer.FinishReason.ToString().ToLowerInvariant(),
        PromptTokens = answer.PromptTokens,
        CompletionTokens = answer.Tokens.Count,
        LoadSeconds = model.LoadTime.TotalSeconds,
        PrefillSeconds = answer.PrefillSeconds,
        DecodeSeconds = answer.DecodeSeconds,
        PeakMemoryBytes = peakMemoryByteCount,
        PromptTopLogprobs = options.TopLogprobs > 0 ? answer.PromptTopLogprobs : null,
        TopLogprobs = options.TopLogprobs > 0 ? [.. answer.Tokens.Select(token => token.TopLogprobs)] : null,
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunJson))]
internal sealed partial class RunJsonContext : JsonSerializerContext
{
    public static RunJsonContext Line => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
