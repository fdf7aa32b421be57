using System.Globalization;
using System.Text;
using System.Text.Json;
using Exo.Api.Local;

namespace Exo.Api.Http.OpenAi;

/// <summary>Makes the contract's requests of OpenAI's.</summary>
internal static class QuestionReader
{
    /// <summary>OpenAI's own default where a completion's length is left open.</summary>
    private const int CompletionTokens = 16;

    private const int MostLikelyTokens = 100;

    /// <summary>One request for each of the n answers.</summary>
    /// <exception cref="FieldException">A field can't be served.</exception>
    public static IReadOnlyList<AnswerRequest> Read(ChatQuestion question, HttpLimits limits)
    {
        OtherFields.Check(question.Others);
        if (question.TopLogprobs is not null && question.Logprobs != true) throw new FieldException("top_logprobs", "'top_logprobs' needs 'logprobs': true");
        if (question is { MaxTokens: { } old, MaxCompletionTokens: { } current } && old != current) throw new FieldException("max_tokens", "'max_tokens' and 'max_completion_tokens' differ: they mean the same, give one");
        var request = Common(question) with
        {
            Messages = Messages(question.Messages),
            MaxTokens = AtLeast(0, question.MaxCompletionTokens, "max_completion_tokens") ?? AtLeast(0, question.MaxTokens, "max_tokens"),
            TopLogprobs = InRange(question.TopLogprobs ?? 0, 0, MostLikelyTokens, "top_logprobs"),
            PromptTopLogprobs = 0,
            TokenBytes = question.Logprobs == true,
        };
        return Several([request], question, limits);
    }

    /// <summary>The n answers to the first prompt, then those to the second, and so on.</summary>
    /// <exception cref="FieldException">A field can't be served.</exception>
    public static IReadOnlyList<AnswerRequest> Read(CompletionsQuestion question, HttpLimits limits)
    {
        OtherFields.Check(question.Others);
        if (question.BestOf is { } best && best != (question.N ?? 1)) throw new FieldException("best_of", "'best_of' is not served: every answer asked for by 'n' is told");
        var asksLogprobs = question.Logprobs is not null;
        var top = InRange(question.Logprobs ?? 0, 0, MostLikelyTokens, "logprobs");
        var echo = question.Echo == true;
        var request = Common(question) with
        {
            MaxTokens = AtLeast(0, question.MaxTokens, "max_tokens") ?? CompletionTokens,
            TopLogprobs = top,
            EchoPrompt = echo,
            PromptTopLogprobs = echo && asksLogprobs ? Math.Max(1, top) : 0, // Without likeliest ones the prompt's own wouldn't be told either.
            TokenBytes = asksLogprobs || echo,
        };
        return Several([.. Prompts(question.Prompt, request)], question, limits);
    }

    private static AnswerRequest Common(Question question) => new()
    {
        Model = string.IsNullOrWhiteSpace(question.Model) ? throw new FieldException("model", "'model' is missing: /v1/models lists those at hand") : question.Model,
        Sampling = InRange(new SamplingSettings
        {
            Temperature = question.Temperature,
            TopP = question.TopP,
            TopK = question.TopK is -1 ? 0 : question.TopK,
            MinP = question.MinP,
            RepeatPenalty = question.RepetitionPenalty,
            PresencePenalty = question.PresencePenalty,
            FrequencyPenalty = question.FrequencyPenalty,
            Seed = question.Seed is { } seed ? unchecked((ulong)seed) : null,
        }),
        Stop = Stops(question.Stop),
        LogitBias = question.LogitBias?.ToDictionary(bias => TokenId(bias.Key), bias => bias.Value),
    };

    /// <summary>Each of n answers has a seed of its own: the one given, and those after it.</summary>
    private static AnswerRequest[] Several(IReadOnlyList<AnswerRequest> prompts, Question question, HttpLimits limits)
    {
        var n = question.N ?? 1;
        if (n < 1) throw new FieldException("n", $"'n' can't be {n}: at least one answer is written");
        if ((long)n * prompts.Count > limits.AnswersOfOneRequest)
            throw new FieldException("n", $"'n' asks for {n} answers to each of {prompts.Count} prompts, this server writes at most {limits.AnswersOfOneRequest} for one request");
        return [.. prompts.SelectMany(prompt => Enumerable.Range(0, n).Select(index => prompt with { Sampling = prompt.Sampling with { Seed = prompt.Sampling.Seed + (ulong)index } }))];
    }

    private static ChatMessage[] Messages(IReadOnlyList<QuestionMessage>? messages)
    {
        if (messages is null or []) throw new FieldException("messages", "'messages' is missing or empty: at least one message is needed");
        return [.. messages.Select((message, index) =>
        {
            var place = $"messages[{index}]";
            if (message.Others?.FirstOrDefault(other => SaysSomething(other.Value)).Key is { } name)
                throw new FieldException($"{place}.{name}", $"'{name}' of a message is not served: messages have a role and a text");
            var role = message.Role switch
            {
                "system" or "developer" => "system",
                "user" or "assistant" => message.Role,
                null => throw new FieldException($"{place}.role", $"{place} has no role: system, user or assistant"),
                _ => throw new FieldException($"{place}.role", $"the role '{message.Role}' is not served: system, developer, user and assistant are"),
            };
            return new ChatMessage(role, Content(message.Content, $"{place}.content"));
        })];
    }

    private static bool SaysSomething(JsonElement value) => value.ValueKind != JsonValueKind.Null && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);

    private static string Content(JsonElement content, string place)
    {
        if (content.ValueKind == JsonValueKind.String) return content.GetString()!;
        if (content.ValueKind != JsonValueKind.Array) throw new FieldException(place, $"'{place}' is a text or a list of text parts");
        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("text") || !part.TryGetProperty("text", out var words) || words.ValueKind != JsonValueKind.String)
                throw new FieldException(place, $"'{place}' has a part that is no text: this server reads texts only");
            text.Append(words.GetString());
        }
        return text.ToString();
    }

    private static IEnumerable<AnswerRequest> Prompts(JsonElement prompt, AnswerRequest request)
    {
        const string Allowed = "'prompt' is a text, a list of texts, a list of token ids, or a list of such lists";
        if (prompt.ValueKind == JsonValueKind.String) return [request with { Text = prompt.GetString() }];
        if (prompt.ValueKind != JsonValueKind.Array || prompt.GetArrayLength() == 0) throw new FieldException("prompt", prompt.ValueKind == JsonValueKind.Undefined ? "'prompt' is missing" : Allowed);
        return prompt[0].ValueKind switch
        {
            JsonValueKind.Number => [request with { PromptIds = Ids(prompt) }],
            JsonValueKind.String => [.. prompt.EnumerateArray().Select(text => request with { Text = text.ValueKind == JsonValueKind.String ? text.GetString() : throw new FieldException("prompt", Allowed) })],
            JsonValueKind.Array => [.. prompt.EnumerateArray().Select(ids => request with { PromptIds = Ids(ids) })],
            _ => throw new FieldException("prompt", Allowed),
        };

        static int[] Ids(JsonElement list) => list.ValueKind != JsonValueKind.Array
            ? throw new FieldException("prompt", Allowed)
            : [.. list.EnumerateArray().Select(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) ? number : throw new FieldException("prompt", Allowed))];
    }

    private static string[] Stops(JsonElement stop) => stop.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => [],
        JsonValueKind.String => [stop.GetString()!],
        JsonValueKind.Array when stop.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String) => [.. stop.EnumerateArray().Select(text => text.GetString()!)],
        _ => throw new FieldException("stop", "'stop' is a text or a list of texts"),
    };

    private static int TokenId(string key) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        ? id
        : throw new FieldException("logit_bias", $"'logit_bias' names tokens by their ids; '{key}' is none");

    private static int? AtLeast(int least, int? value, string field) => value < least ? throw new FieldException(field, $"'{field}' is {least} or more, it can't be {value}") : value;

    private static SamplingSettings InRange(SamplingSettings settings)
    {
        if (SamplingRecipe.Refusal(settings) is not var (name, problem)) return settings;
        var field = name == "repeat_penalty" ? "repetition_penalty" : name;
        throw new FieldException(field, $"'{field}' {problem}");
    }

    private static int InRange(int value, int least, int most, string field) =>
        value >= least && value <= most ? value : throw new FieldException(field, $"'{field}' goes from {least} to {most}, it can't be {value}");
}
