using System.Text.Json;

namespace Exo.Api.Http.OpenAi;

/// <summary>
/// Fields that aren't served. Those that tell about the caller or ask for what is the case anyway are let pass; any other would change
/// the answer, or might, and is refused rather than ignored.
/// </summary>
internal static class OtherFields
{
    /// <summary>Whatever their value, the answer is the same.</summary>
    private static readonly HashSet<string> Harmless =
        ["user", "metadata", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "service_tier", "parallel_tool_calls", "store"];

    /// <exception cref="FieldException">One would change the answer.</exception>
    public static void Check(IReadOnlyDictionary<string, JsonElement>? others)
    {
        foreach (var (name, value) in others ?? new Dictionary<string, JsonElement>())
            if (!Harmless.Contains(name) && !AsksForNothing(name, value)) throw new FieldException(name, Refusal(name));
    }

    private static bool AsksForNothing(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => value.GetArrayLength() == 0 || (name == "modalities" && value.EnumerateArray().All(mode => IsText(mode, "text"))),
        JsonValueKind.String => IsText(value, "") || (name == "tool_choice" && (IsText(value, "none") || IsText(value, "auto"))) || (name == "function_call" && IsText(value, "none")),
        JsonValueKind.Object => name == "response_format" && value.TryGetProperty("type", out var type) && IsText(type, "text"),
        JsonValueKind.False => name is "use_beam_search" or "ignore_eos",
        _ => false,
    };

    private static bool IsText(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    private static string Refusal(string name) => name switch
    {
        "tools" or "tool_choice" or "functions" or "function_call" => $"'{name}' is not served: this server calls no tools",
        "response_format" => "'response_format' is not served but for {\"type\":\"text\"}: ask for the form in the prompt",
        "suffix" => "'suffix' is not served: only beginnings are continued",
        _ => $"this server does not know '{name}', which may change the answer: leave it out",
    };
}
