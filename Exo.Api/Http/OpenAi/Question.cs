using System.Text.Json;
using System.Text.Json.Serialization;

namespace Exo.Api.Http.OpenAi;

/// <summary>What the two ways of asking have in common. What is null was left open.</summary>
internal abstract record Question
{
    public string? Model { get; init; }

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    /// <summary>Not OpenAI's, but widely understood; 0 and -1 are off.</summary>
    public int? TopK { get; init; }

    /// <summary>Not OpenAI's, but widely understood.</summary>
    public float? MinP { get; init; }

    /// <summary>Not OpenAI's, but widely understood.</summary>
    public float? RepetitionPenalty { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    public long? Seed { get; init; }

    public int? N { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>A text or a list of them.</summary>
    public JsonElement Stop { get; init; }

    /// <summary>Token ids, as text, and what is added to their logits.</summary>
    public Dictionary<string, float>? LogitBias { get; init; }

    public bool? Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

    /// <summary>Everything else that came.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <param name="IncludeUsage">A last chunk tells the usage.</param>
/// <param name="IncludeObfuscation">Padding against eavesdroppers; there is none here either way.</param>
internal sealed record StreamOptions(bool IncludeUsage = false, bool IncludeObfuscation = false);

/// <summary>The body of <c>/v1/chat/completions</c>.</summary>
internal sealed record ChatQuestion : Question
{
    public IReadOnlyList<QuestionMessage>? Messages { get; init; }

    /// <summary>The newer name of max_tokens.</summary>
    public int? MaxCompletionTokens { get; init; }

    public bool? Logprobs { get; init; }

    public int? TopLogprobs { get; init; }
}

internal sealed record QuestionMessage
{
    public string? Role { get; init; }

    /// <summary>A text or a list of parts.</summary>
    public JsonElement Content { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>The body of <c>/v1/completions</c>.</summary>
internal sealed record CompletionsQuestion : Question
{
    /// <summary>A text, a list of texts, a list of token ids, or a list of such lists.</summary>
    public JsonElement Prompt { get; init; }

    public bool? Echo { get; init; }

    /// <summary>How many of the likeliest tokens to tell; 0 tells the picked ones' alone.</summary>
    public int? Logprobs { get; init; }

    public int? BestOf { get; init; }
}
