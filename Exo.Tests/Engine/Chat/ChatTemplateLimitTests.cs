using System.Diagnostics;
using System.Text.Json.Nodes;
using Exo.Engine.Chat;

namespace Exo.Tests.Engine.Chat;

/// <summary>Templates that mean harm, or are merely wrong: each ends soon, with a <see cref="ChatTemplateException"/> and nothing else.</summary>
public sealed class ChatTemplateLimitTests
{
    private const string BigText = "{% set s = 'x' * 4000000 %}{% for i in range(100000) %}";
    private const string BigList = "{% set l = range(100000)|list %}{% for i in l %}";
    private const string Grow = "{% set ns = namespace(x=(1,), y=(1,)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% set ns.y = (ns.y, ns.y) %}{% endfor %}";
    private const string Shallow = "{% set ns = namespace(x=[]) %}{% for i in range(990) %}{% set ns.x = [ns.x] %}{% endfor %}";
    private const string Deepen = "{% set ns = namespace(x=[]) %}{% for i in range(5000) %}{% set ns.x = [ns.x] %}{% endfor %}";

    /// <summary>Far above what any of these takes (about half a second of one core at most), as a busy machine may be slow.</summary>
    private static readonly TimeSpan LongTime = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Endless =>
    [
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% for n in [[1]] recursive %}{{ loop([n]) }}{% endfor %}",
        "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
        BigText + "{% set y = s|upper %}{% endfor %}",
        BigText + "{% set y = s == s ~ '' %}{% endfor %}",
        BigText + "{% set y = 'y' in s %}{% endfor %}",
        BigText + "{% set y = d[s] %}{% endfor %}",
        BigText + "{% set y = s.isalpha() %}{% endfor %}",
        BigText + "{% set y = s[::-1] %}{% endfor %}",
        BigText + "{% set y = s.split('x') %}{% endfor %}",
        BigText + "{% set y = s|wordwrap(1) %}{% endfor %}",
        BigList + "{% set y = 100000 in l %}{% endfor %}",
        BigList + "{% set y = l == l + [] %}{% endfor %}",
        BigList + "{% set y = l|sort|first %}{% endfor %}",
        BigList + "{{ cycler(*l).next() }}{% endfor %}",
        BigList + "{{ loop.changed(l) }}{% endfor %}",
        Grow + "{{ ns.x == ns.y }}",
        Grow + "{{ {ns.x: 1} }}",
        Grow + "{{ ns.x|tojson }}",
        Grow + "{{ ns.x }}",
        Deepen,
        "{% set ns = namespace(x=['a']) %}{% for i in range(100000) %}{% set ns.x = ns.x|map('upper') %}{% endfor %}{{ ns.x|list }}",
        "{% for i in range(100000) %}{{ (2 ** 14000) % 12345 }}{{ '%x' % (3 ** 9000) }}{{ ('9' * 4000)|int }}{% endfor %}",
        "{% for i in range(100000) %}{{ '%.1000e' % 1e-300 }}{% endfor %}",
    ];

    public static TheoryData<string> Huge =>
    [
        "{{ 'x' * 10000000 }}", "{{ 'x' * 10 ** 30 }}", "{{ [0] * 10 ** 12 }}", "{{ range(1000000000) }}", "{{ range(10 ** 30) }}",
        "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set s = 'x' * 1000000 %}{% for i in range(100) %}{{ s }}{% endfor %}",
        "{{ ('x' * 1000000).replace('x', 'y' * 1000000) }}", "{{ ('y' * 100000).join('x' * 100000) }}", "{{ ('<' * 4000000)|e }}",
        "{{ '%1000000000d' % 1 }}", "{{ '%*d' % (10 ** 20, 1) }}", "{{ '%.1000000000f' % 1 }}", "{{ '{:>1000000000}'.format(1) }}",
        "{{ '{:.99999999999}'.format(1.0) }}", "{{ '{:0999999999,}'.format(1) }}", "{{ 'a'.center(1000000000) }}", "{{ 'a'.zfill(1000000000) }}",
        "{{ 'a'|indent(1000000000) }}", "{{ [1]|tojson(indent=1000000000) }}", "{{ '\t'.expandtabs(1000000000) }}",
        "{{ [1]|batch(1000000000, 0)|list }}", "{{ [1]|slice(1000000000)|list }}", "{{ 9 ** 99999 }}", "{{ 2 ** 99999 }}",
        "{% set ns = namespace(n=3) %}{% for i in range(100) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
    ];

    /// <summary>Before, again and again before, middle, again and again after, after.</summary>
    public static TheoryData<string, string, string, string, string> Deep => new()
    {
        { "{{ ", "(", "1", ")", " }}" }, { "{{ ", "[", "1", "]", " }}" }, { "{{ ", "{1:", "1", "}", " }}" }, { "{{ ", "f(", "1", ")", " }}" },
        { "{{ ", "not ", "1", "", " }}" }, { "{{ ", "-", "1", "", " }}" }, { "{{ ", "1 + ", "1", "", " }}" }, { "{{ ", "1 and ", "1", "", " }}" },
        { "{{ ", "1 if 1 else ", "1", "", " }}" }, { "{{ d", ".a", "", "", " }}" }, { "{{ d", "[0]", "", "", " }}" }, { "{{ d", "|upper", "", "", " }}" },
        { "{{ d", "()", "", "", " }}" }, { "{% set ", "(", "a", ")", " = 1 %}" }, { "", "{% if 1 %}", "x", "{% endif %}", "" },
        { "", "{% for x in l %}", "x", "{% endfor %}", "" }, { "", "{% set a %}", "x", "{% endset %}", "" }, { "", "{% macro m() %}", "x", "{% endmacro %}", "" },
    };

    [Theory]
    [MemberData(nameof(Endless))]
    [MemberData(nameof(Huge))]
    public void Render_UsesTooMuch_EndsWithALimitError(string template)
    {
        var error = Fails(template);

        Assert.Equal(ChatTemplateFault.Limit, error.Fault);
        Assert.NotEmpty(error.Problem);
    }

    [Theory]
    [MemberData(nameof(Deep))]
    public void Constructor_NestedThirtyThousandDeep_EndsWithALimitError(string before, string opening, string middle, string closing, string after)
    {
        const int levels = 30_000;

        var error = Assert.Throws<ChatTemplateException>(() => new ChatTemplate($"{before}{Repeat(opening, levels)}{middle}{Repeat(closing, levels)}{after}"));

        Assert.Equal(ChatTemplateFault.Limit, error.Fault);
    }

    [Fact]
    public void Render_OnASmallStack_EndsWithTextOrALimitErrorAndNotWithTheProcess()
    {
        string[] templates = [Shallow + "{{ ns.x }}", "{% macro m() %}{{ [[[m()]]] }}{% endmacro %}{{ m() }}", "{{ " + Repeat("(", 240) + "1" + Repeat(")", 240) + " }}"];
        var faults = new List<ChatTemplateFault?>();
        // How much fits depends on how far the code is optimized; that the process lives does not.
        var thread = new Thread(() => faults.AddRange(templates.Select(Fault)), maxStackSize: 256 << 10);

        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromMinutes(2)), "the small thread never ended");

        Assert.Equal(templates.Length, faults.Count);
        Assert.All(faults, fault => Assert.True(fault is null or ChatTemplateFault.Limit, $"{fault}"));
    }

    [Fact]
    public void Render_LongConversation_HasMoreAllowance()
    {
        // Ten million characters are more than a template may make from nothing, and no more than this conversation holds.
        var input = ChatTemplateInput.FromMessages(Enumerable.Range(0, 10).Select(i => new ChatMessage("user", new string((char)('a' + i), 1_000_000))));

        var text = new ChatTemplate("{% for m in messages %}{{ m.content|trim|upper|lower }}{% endfor %}").Render(input);

        Assert.Equal(10_000_000, text.Length);
    }

    [Theory]
    [InlineData("{{ s.__class__.__mro__ }}")]
    [InlineData("{{ ''.__class__.__base__.__subclasses__() }}")]
    [InlineData("{{ range.__globals__.os }}")]
    [InlineData("{{ messages.append(1) }}")]
    [InlineData("{{ messages[0].update({}) }}")]
    [InlineData("{% include '/etc/passwd' %}")]
    [InlineData("{% import 'os' as os %}")]
    public void Render_ReachesOutside_Fails(string template) => Fails(template);

    [Fact]
    public void Render_Cancelled_Stops()
    {
        var cancelled = new CancellationToken(canceled: true);

        Assert.Throws<OperationCanceledException>(() => new ChatTemplate("x").Render(ChatTemplateInput.FromMessages([]), cancelled));
    }

    private static ChatTemplateException Fails(string template)
    {
        var (error, time) = Run();
        // A machine busy with other work can be slow once; a template that is slow is so every time.
        for (var again = 0; again < 2 && time > LongTime; again++) (error, time) = Run();
        Assert.True(time < LongTime, $"took {time}");
        return error;

        (ChatTemplateException Error, TimeSpan Time) Run()
        {
            var clock = Stopwatch.StartNew();
            return (Assert.Throws<ChatTemplateException>(() => new ChatTemplate(template).Render(Input())), clock.Elapsed);
        }
    }

    private static ChatTemplateFault? Fault(string template)
    {
        try
        {
            new ChatTemplate(template).Render(Input());
            return null;
        }
        catch (ChatTemplateException error)
        {
            return error.Fault;
        }
    }

    private static ChatTemplateInput Input() => ChatTemplateInput.FromMessages([new ChatMessage("user", "Hi")]) with
    {
        Variables = new Dictionary<string, JsonNode?> { ["d"] = new JsonObject { ["a"] = 1 } },
    };

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
