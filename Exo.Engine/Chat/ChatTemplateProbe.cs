using System.Text.Json.Nodes;

namespace Exo.Engine.Chat;

/// <summary>Finds out what a template passes on to the model by rendering a marked conversation and looking for the mark.</summary>
internal static class ChatTemplateProbe
{
    private const string Mark = "exoProbe";

    public static bool SupportsSystem(ChatTemplate template) => Shows(template, new ChatTemplateInput
    {
        Messages = [Turn("system", Mark), Turn("user", "Hi")],
    });

    public static bool SupportsTools(ChatTemplate template) => Shows(template, new ChatTemplateInput
    {
        Messages = [Turn("user", "Hi")],
        Tools =
        [
            new JsonObject
            {
                ["type"] = "function",
                ["function"] = new JsonObject
                {
                    ["name"] = Mark,
                    ["description"] = "Says the time.",
                    ["parameters"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject(), ["required"] = new JsonArray() },
                },
            },
        ],
    });

    private static JsonObject Turn(string role, string content) => new() { ["role"] = role, ["content"] = content };

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
