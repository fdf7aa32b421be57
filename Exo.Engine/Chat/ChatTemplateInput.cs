using System.Collections.ObjectModel;
using System.Text.Json.Nodes;

namespace Exo.Engine.Chat;

/// <summary>What a template sees: the conversation, the tools, and the variables that models name themselves.</summary>
public sealed record ChatTemplateInput
{
    /// <summary>
    /// The conversation, oldest turn first, as JSON objects of the usual shape: <c>role</c>, <c>content</c> (text, null or parts),
    /// and where they apply <c>tool_calls</c>, <c>tool_call_id</c>, <c>name</c>, <c>reasoning_content</c>.
    /// The template reads whatever properties it knows. Most templates want a call's <c>arguments</c> as an object, not as the JSON text that
    /// OpenAI's interface carries.
    /// </summary>
    public required IReadOnlyList<JsonNode?> Messages { get; init; }

    /// <summary>
    /// Tools the model may call, each <c>{"type": "function", "function": {…}}</c>. Null: <c>tools</c> is not defined, or none for a
    /// template that asks <c>tools is none</c> and never whether it is defined.
    /// </summary>
    public IReadOnlyList<JsonNode?>? Tools { get; init; }

    /// <summary>Whether the text ends with the opening of the assistant's next turn.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Text of the beginning-of-sequence token. Null: not defined, prints as nothing.</summary>
    public string? BosToken { get; init; }

    /// <summary>Text of the end-of-sequence token. Null: not defined, prints as nothing.</summary>
    public string? EosToken { get; init; }

    /// <summary>
    /// Anything else the template may ask for: <c>enable_thinking</c>, <c>documents</c>, <c>date_string</c>, <c>pad_token</c>, …
    /// They override <see cref="BosToken"/> and <see cref="EosToken"/>, never the other members.
    /// </summary>
    public IReadOnlyDictionary<string, JsonNode?> Variables { get; init; } = ReadOnlyDictionary<string, JsonNode?>.Empty;

    /// <summary>What <c>strftime_now</c> calls now; by default the moment this input was made, in local time.</summary>
    public DateTimeOffset Now { get; init; } = TimeProvider.System.GetLocalNow();

    /// <summary>The plain case: turns of text.</summary>
    public static ChatTemplateInput FromMessages(IEnumerable<ChatMessage> messages, string? bosToken = null, string? eosToken = null)
    {
        return new()
        {
            Messages = [.. messages.Select(message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content })],
            BosToken = bosToken,
            EosToken = eosToken,
        };
    }
}
