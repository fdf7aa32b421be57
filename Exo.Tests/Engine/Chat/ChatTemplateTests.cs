using System.Text.Json.Nodes;
using Exo.Engine.Chat;

namespace Exo.Tests.Engine.Chat;

/// <summary>The room's door: what goes in, what comes out, what is said when it does not.</summary>
public sealed class ChatTemplateTests
{
    private static readonly ChatMessage[] Greeting = [new("system", "Be brief."), new("user", "Hi")];

    [Fact]
    public void Render_PlainMessages_SeesRolesContentsAndTokens()
    {
        var template = new ChatTemplate("{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m['content'] }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}");

        var text = template.Render(ChatTemplateInput.FromMessages(Greeting, "<s>", "</s>"));

        Assert.Equal("<s>[system]Be brief.</s>[user]Hi</s>[assistant]", text);
    }

    [Fact]
    public void Render_WithoutGenerationPrompt_LeavesItOut()
    {
        var input = ChatTemplateInput.FromMessages(Greeting) with { AddGenerationPrompt = false };

        Assert.Equal("False", new ChatTemplate("{{ add_generation_prompt }}").Render(input));
    }

    [Fact]
    public void Render_TokensLeftOut_AreUndefined() =>
        Assert.Equal("|False", new ChatTemplate("{{ bos_token }}|{{ eos_token is defined }}").Render(ChatTemplateInput.FromMessages(Greeting)));

    [Theory]
    [InlineData("{{ tools is defined }}", "False")]
    [InlineData("{{ tools is none }}", "True")]
    [InlineData("{{ tools is not none }}", "False")]
    [InlineData("{% if tools is not defined %}{% set tools = none %}{% endif %}{{ tools is none }}", "True")]
    [InlineData("{{ documents is none }}{{ documents is undefined }}", "FalseTrue")]
    public void Render_NoTools_AreUndefinedOrNoneAsTheTemplateExpects(string template, string expected) =>
        Assert.Equal(expected, new ChatTemplate(template).Render(ChatTemplateInput.FromMessages(Greeting)));

    [Fact]
    public void Render_Tools_AreSeenAsGiven()
    {
        var input = ChatTemplateInput.FromMessages(Greeting) with { Tools = [JsonNode.Parse("""{"type": "function", "function": {"name": "f"}}""")] };

        Assert.Equal("""[{"type": "function", "function": {"name": "f"}}]""", new ChatTemplate("{{ tools|tojson }}").Render(input));
    }

    [Fact]
    public void Render_Variables_OverrideTokensButNotMessages()
    {
        var input = ChatTemplateInput.FromMessages(Greeting, "<s>") with
        {
            Variables = new Dictionary<string, JsonNode?> { ["bos_token"] = "<v>", ["messages"] = "mine", ["enable_thinking"] = false, ["nothing"] = null },
        };

        Assert.Equal("<v>|2|False|None", new ChatTemplate("{{ bos_token }}|{{ messages|length }}|{{ enable_thinking }}|{{ nothing }}").Render(input));
    }

    [Theory]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("1.50", "1.5")]
    [InlineData("1e3", "1000.0")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("""{"b": [true, null], "a": {}}""", "{'b': [True, None], 'a': {}}")]
    [InlineData("\"\\ud83d\\ude00\"", "😀")]
    public void Render_JsonValues_AreWrittenAsPythonWritesThem(string json, string expected)
    {
        var input = ChatTemplateInput.FromMessages(Greeting) with { Variables = new Dictionary<string, JsonNode?> { ["v"] = JsonNode.Parse(json) } };

        Assert.Equal(expected, new ChatTemplate("{{ v }}").Render(input));
    }

    [Fact]
    public void Render_ValuesMadeInCode_AreReadLikeParsedOnes()
    {
        var input = ChatTemplateInput.FromMessages(Greeting) with
        {
            Variables = new Dictionary<string, JsonNode?>
            {
                ["v"] = new JsonArray(1, 2L, 3.5, 4.5f, 5m, "text", 'c', true, JsonValue.Create(new DateTime(2024, 7, 6, 0, 0, 0, DateTimeKind.Utc)), JsonValue.Create(new { a = 1 })),
            },
        };

        Assert.Equal("[1, 2, 3.5, 4.5, 5, 'text', 'c', True, '2024-07-06T00:00:00Z', {'a': 1}]", new ChatTemplate("{{ v }}").Render(input));
    }

    [Theory]
    [InlineData("""{"role": "user", "role": "system"}""")]
    [InlineData("""{"role": "\ud800"}""")]
    public void Render_JsonThatCannotBeRead_SaysWhichMessage(string message)
    {
        var input = new ChatTemplateInput { Messages = [new JsonObject(), JsonNode.Parse(message)] };

        var error = Assert.Throws<ChatTemplateException>(() => new ChatTemplate("x").Render(input));

        Assert.Contains("message 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_BadSyntax_NamesLineAndProblem()
    {
        var error = Assert.Throws<ChatTemplateException>(() => new ChatTemplate("one\ntwo {{ x\n+ }}"));

        Assert.Equal((ChatTemplateFault.Syntax, 3), (error.Fault, error.Line!.Value));
        Assert.Equal("chat template, line 3: unexpected '}}', expected an expression", error.Message);
    }

    [Theory]
    [InlineData("{% if x %}a", "'if' has no 'endif'")]
    [InlineData("{% for x in y %}{% endif %}", "unknown tag 'endif'; expected 'else' or 'endfor'")]
    [InlineData("{{ x|nope }}", "no filter named 'nope'")]
    [InlineData("{{ x is nope }}", "no test named 'nope'")]
    [InlineData("{% include 'a' %}", "'include' is not supported: a chat template stands alone")]
    [InlineData("{{ 'abc }}", "a string has no closing '")]
    [InlineData("{{ f(a=1, 2) }}", "arguments by position come first, then by name, then '**'")]
    public void Constructor_BadSyntax_SaysWhatIsWrong(string template, string problem)
    {
        var error = Assert.Throws<ChatTemplateException>(() => new ChatTemplate(template));

        Assert.Equal((ChatTemplateFault.Syntax, problem), (error.Fault, error.Problem));
    }

    [Fact]
    public void Render_TemplateRefuses_GivesItsOwnWords()
    {
        var template = new ChatTemplate("{% for m in messages %}\n{% if m.role == 'system' %}\n{{ raise_exception('System role not supported') }}\n{% endif %}\n{% endfor %}");

        var error = Assert.Throws<ChatTemplateException>(() => template.Render(ChatTemplateInput.FromMessages(Greeting)));

        Assert.Equal((ChatTemplateFault.Refused, "System role not supported", 3), (error.Fault, error.Problem, error.Line!.Value));
    }

    [Theory]
    [InlineData("\n{{ missing.x }}", "'missing' is undefined", 2)]
    [InlineData("{{ messages[0].tool_calls.x }}", "'dict object' has no attribute 'tool_calls'", 1)]
    [InlineData("{{ none.a.b }}", "'None' has no attribute 'a'", 1)]
    [InlineData("{{ 'a' + 1 }}", "can only concatenate str (not \"int\") to str", 1)]
    [InlineData("a\nb\n{% for x in 5 %}{% endfor %}", "'int' object is not iterable", 3)]
    [InlineData("{% macro m(a) %}\n{{ a.b.c }}{% endmacro %}\n\n{{ m({}) }}", "'dict object' has no attribute 'b'", 2)]
    public void Render_OperationThatFails_NamesLineAndProblem(string template, string problem, int line)
    {
        var error = Assert.Throws<ChatTemplateException>(() => new ChatTemplate(template).Render(ChatTemplateInput.FromMessages(Greeting)));

        Assert.Equal((ChatTemplateFault.Evaluation, problem, line), (error.Fault, error.Problem, error.Line!.Value));
    }

    [Fact]
    public void Render_Now_IsWhatStrftimeNowShows()
    {
        var input = ChatTemplateInput.FromMessages(Greeting) with { Now = new DateTimeOffset(2024, 7, 26, 9, 5, 0, TimeSpan.FromHours(2)) };

        Assert.Equal("26 Jul 2024 09:05", new ChatTemplate("{{ strftime_now('%d %b %Y %H:%M') }}").Render(input));
    }

    [Fact]
    public void Render_FromManyThreads_GivesTheSameText()
    {
        var template = new ChatTemplate("{% set ns = namespace(n=0) %}{% for i in range(200) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}{% set range = 1 %}{{ messages[0].content }}");

        var texts = new string[64];
        Parallel.For(0, texts.Length, i => texts[i] = template.Render(ChatTemplateInput.FromMessages([new ChatMessage("user", $"{i}")])));

        Assert.Equal(Enumerable.Range(0, 64).Select(i => $"19900{i}"), texts);
    }

    [Theory]
    [InlineData("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}", true, false)]
    [InlineData("{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}", false, false)]
    [InlineData("{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}{{ tools|tojson if tools else '' }}", false, true)]
    [InlineData("{{ messages.nope.nope }}", false, false)]
    [InlineData("{% for m in messages %}{{ m.content[0].text if m.content is not string else '' }}{% endfor %}", true, false)]
    public void Probes_TellWhatReachesTheModel(string source, bool system, bool tools)
    {
        var template = new ChatTemplate(source);

        Assert.Equal((system, tools), (template.SupportsSystem, template.SupportsTools));
    }
}
