using System.Diagnostics;
using System.Text.Json.Nodes;
using Exo.Engine.Chat;

namespace Exo.Tests.Engine.Chat;

/// <summary>Damaged templates give text or a <see cref="ChatTemplateException"/>, soon, whatever the damage.</summary>
public sealed class ChatTemplateFuzzTests
{
    private const int Count = 2_000;

    /// <summary>The promise of the room for one template.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private static readonly string[] Scraps =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-%}", "{%-", "(", ")", "[", "]", "{", "}", "'", "\"", "|", ".", ",", ":", "~", "+", "*", "**", "%", "not ", " in ", " is ", " if ", " else ",
        "{% if x %}", "{% endif %}", "{% for x in messages %}", "{% endfor %}", "{% set x = ", "{% macro m(a) %}", "{% endmacro %}", "{% raw %}", "{% endraw %}", "loop.", "messages", "tools",
        "content", "namespace(", "range(", "|tojson", "|join", "|map(", "|length", "99999999999999999999", "1e999", "-1", "[::-1]", "\\", "\n", "\0", "\U0001F600", "é", "__class__", "caller()", " recursive ", " % ",
    ];

    [Fact]
    public void Render_DamagedTemplates_GivesTextOrATemplateError()
    {
        var sources = Sources();
        var random = new Random(20240726);
        var (rendered, failed) = (0, 0);

        for (var i = 0; i < Count; i++)
        {
            var template = Damage(sources, random);
            var (gaveText, time) = Run(template);
            // A machine busy with other work can be slow once; a template that is slow is so every time.
            for (var again = 0; again < 3 && time > Longest; again++) time = Run(template).Time;
            Assert.True(time < Longest, $"template {i} took {time}:\n{template}");
            if (gaveText) rendered++;
            else failed++;
        }

        // Both kinds must occur, or the damage is too small or too great to tell anything.
        Assert.True(rendered > Count / 20 && failed > Count / 20, $"{rendered} rendered, {failed} failed");
    }

    private static (bool GaveText, TimeSpan Time) Run(string template)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            new ChatTemplate(template).Render(Input());
            return (true, clock.Elapsed);
        }
        catch (ChatTemplateException)
        {
            return (false, clock.Elapsed);
        }
        catch (Exception error)
        {
            Assert.Fail($"{error.GetType().Name}: {error.Message}\n{error.StackTrace}\n--- template\n{template}");
            throw;
        }
    }

    /// <summary>The small templates, and those of real models where the vectors are.</summary>
    private static List<string> Sources()
    {
        List<string> sources = [.. JinjaCases.Sections.SelectMany(JinjaCases.Of).Select(one => one.Template).Where(template => template.Length > 0)];
        if (Vectors.Folder is null) return sources;
        // Real templates are fewer; each weighs as much as ten small ones.
        foreach (var file in Directory.EnumerateFiles(Vectors.Path("chat", "templates"), "*.jinja").Order(StringComparer.Ordinal))
            sources.AddRange(Enumerable.Repeat(File.ReadAllText(file), 10));
        return sources;
    }

    private static string Damage(List<string> sources, Random random)
    {
        var template = sources[random.Next(sources.Count)];
        for (var times = random.Next(1, 5); times > 0; times--)
        {
            var (start, end) = Span(template, random);
            template = random.Next(5) switch
            {
                0 => template.Remove(start, end - start),
                1 => template.Insert(start, Scraps[random.Next(Scraps.Length)]),
                2 => template[..end] + template[start..],
                3 => template[..start] + Scraps[random.Next(Scraps.Length)] + template[end..],
                _ => sources[random.Next(sources.Count)] is var other && Span(other, random) is var (from, to) ? template.Insert(start, other[from..to]) : template,
            };
        }

        return template;
    }

    private static (int Start, int End) Span(string text, Random random)
    {
        var start = random.Next(text.Length + 1);
        return (start, Math.Min(text.Length, start + random.Next(1, random.Next(2) == 0 ? 6 : 60)));
    }

    private static ChatTemplateInput Input() => new()
    {
        Messages = [.. JinjaCases.Variables["messages"]!.AsArray()],
        Tools = [new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "f", ["parameters"] = new JsonObject { ["properties"] = new JsonObject() } } }],
        BosToken = "<s>",
        EosToken = "</s>",
        Variables = JinjaCases.Variables,
        Now = JinjaCases.Now,
    };
}
