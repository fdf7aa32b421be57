using System.Text.Json.Nodes;

namespace Exo.Engine.Chat;

/// <summary>Finds out what a template passes on to the model by rendering a marked conversation and looking for the mark.</summary>
internal static class ChatTemplateProbe
{
    private const string Mark = "exoProbe";

    /// <summary>Whether a system turn shows, its content being text or, for templates that know only those, parts.</summary>
    public static bool SupportsSystem(ChatTemplate template) =>
        Shows(template, new ChatTemplateInput { Messages = [Turn("system", Mark), Turn("user", "Hi")] })
        || Shows(template, new ChatTemplateInput { Messages = [Turn("system", Part(Mark)), Turn("user", Part("Hi"))] });

    public static bool SupportsTools(ChatTemplate template)
    {
        var parameters = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject(), ["required"] = new JsonArray() };
        var function = new JsonObject { ["name"] = Mark, ["description"] = "Says the time.", ["parameters"] = parameters };
        JsonNode[] tools = [new JsonObject { ["type"] = "function", ["function"] = function }];
        return Shows(template, new ChatTemplateInput { Messages = [Turn("user", "Hi")], Tools = tools })
            || Shows(template, new ChatTemplateInput { Messages = [Turn("user", Part("Hi"))], Tools = tools });
    }

    private static JsonObject Turn(string role, JsonNode content) => new() { ["role"] = role, ["content"] = content };

    private static JsonArray Part(string text) => [new JsonObject { ["type"] = "text", ["text"] = text }];

    private static bool Shows(ChatTemplate template, ChatTemplateInput input)
    {
        try
        {
            return template.Render(input with { BosToken = "", EosToken = "" }).Contains(Mark, StringComparison.Ordinal);
        }
        catch (ChatTemplateException)
        {
            return false;
        }
    }
}
