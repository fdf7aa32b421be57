using System.Text.Json.Nodes;
using Exo.Engine.Chat;

namespace Exo.Tests.Engine.Chat;

/// <summary>The language: every statement, operator, filter, test and method gives what Jinja2 gives.</summary>
public sealed class JinjaTests
{
    public static TheoryData<string> Sections => [.. JinjaCases.Sections];

    [Theory]
    [MemberData(nameof(Sections))]
    public void Render_SmallTemplates_GivesWhatJinja2Gives(string section)
    {
        var wrong = JinjaCases.Of(section).Select(Difference).Where(difference => difference is not null).ToList();

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join("\n", wrong)}");
    }

    private static string? Difference((string Template, string? Text) one)
    {
        var (text, error) = Render(one.Template);
        return text == one.Text ? null : $"{one.Template}\n    gives    {text ?? error}\n    expected {one.Text ?? "an error"}";
    }

    private static (string? Text, string? Error) Render(string template)
    {
        var input = new ChatTemplateInput
        {
            Messages = [.. JinjaCases.Variables["messages"]!.AsArray()],
            Variables = JinjaCases.Variables,
            Now = JinjaCases.Now,
        };
        try
        {
            return (new ChatTemplate(template).Render(input), null);
        }
        catch (ChatTemplateException error)
        {
            return (null, error.Message);
        }
    }
}
