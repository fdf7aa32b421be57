using System.Globalization;
using System.Text.Json.Nodes;
using Exo.Engine.Chat;

namespace Exo.Tests.Engine.Chat;

/// <summary>Templates of real models against Jinja2 as Hugging Face sets it up.</summary>
public sealed class ChatTemplateVectorTests
{
    private static readonly string[] Members = ["messages", "tools", "add_generation_prompt", "bos_token", "eos_token"];

    [Fact]
    public void Render_TemplatesOfRealModels_GivesTheReferenceText()
    {
        var expected = JsonNode.Parse(File.ReadAllText(Vectors.Path("chat", "expected.json")))!;
        var now = DateTime.Parse(expected["now"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        var cases = expected["cases"]!.AsArray();

        var wrong = cases.Select(one => Difference(one!.AsObject(), now)).Where(difference => difference is not null).ToList();

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.Count} differ:\n{string.Join("\n", wrong.Take(20))}");
        Assert.Equal(256, cases.Count);
    }

    [Theory]
    [InlineData("Qwen-Qwen3-0.6B.jinja", true, true)]
    [InlineData("meta-llama-Llama-3.1-8B-Instruct.jinja", true, true)]
    [InlineData("google-gemma-2-2b-it.jinja", false, false)]
    [InlineData("microsoft-Phi-3.5-mini-instruct.jinja", true, false)]
    public void Probes_TemplatesOfRealModels_TellWhatReachesTheModel(string file, bool system, bool tools)
    {
        var template = new ChatTemplate(File.ReadAllText(Vectors.Path("chat", "templates", file)));

        Assert.Equal((system, tools), (template.SupportsSystem, template.SupportsTools));
    }

    private static string? Difference(JsonObject one, DateTime now)
    {
        var file = one["template"]!.GetValue<string>();
        var label = $"{file} {one["conversation"]}";
        var wanted = one["text"]?.GetValue<string>();
        var given = one["input"]!.AsObject();
        var input = new ChatTemplateInput
        {
            Messages = [.. given["messages"]!.AsArray()],
            Tools = given["tools"] is JsonArray tools ? [.. tools] : null,
            AddGenerationPrompt = given["add_generation_prompt"]!.GetValue<bool>(),
            BosToken = given["bos_token"]?.GetValue<string>(),
            EosToken = given["eos_token"]?.GetValue<string>(),
            Variables = given.Where(member => !Members.Contains(member.Key)).ToDictionary(),
            Now = now,
        };
        try
        {
            var text = new ChatTemplate(File.ReadAllText(Vectors.Path("chat", "templates", file))).Render(input);
            return wanted is null ? $"{label}: an error was due ({one["error"]}), not text" : text == wanted ? null : $"{label}:\n{text}\n--- expected\n{wanted}";
        }
        catch (ChatTemplateException error)
        {
            return wanted is null ? null : $"{label}: {error.Message}";
        }
    }
}
