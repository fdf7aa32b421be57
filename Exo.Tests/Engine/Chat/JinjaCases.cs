using System.Globalization;
using System.Text.Json.Nodes;

namespace Exo.Tests.Engine.Chat;

/// <summary>What Jinja2 itself gives for many small templates: jinja_cases.json, written by jinja_cases.py.</summary>
internal static class JinjaCases
{
    private static readonly JsonNode Document = Load();

    public static DateTimeOffset Now { get; } = new(DateTime.Parse(Document["now"]!.GetValue<string>(), CultureInfo.InvariantCulture), TimeSpan.Zero);

    public static IReadOnlyDictionary<string, JsonNode?> Variables => Document["variables"]!.AsObject().ToDictionary();

    public static IEnumerable<string> Sections => Document["cases"]!.AsObject().Select(section => section.Key);

    /// <summary>The templates of a section; a text of null means that Jinja2 raises an error.</summary>
    public static IEnumerable<(string Template, string? Text)> Of(string section) =>
        Document["cases"]![section]!.AsArray().Select(one => (one![0]!.GetValue<string>(), one[1]?.GetValue<string>()));

    private static JsonNode Load()
    {
        using var stream = typeof(JinjaCases).Assembly.GetManifestResourceStream("jinja_cases.json")!;
        return JsonNode.Parse(stream)!;
    }
}
