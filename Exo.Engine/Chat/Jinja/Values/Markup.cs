using System.Buffers;
using System.Net;
using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>HTML escaping, for the few templates that say <c>safe</c> or <c>escape</c>.</summary>
internal static class Markup
{
    /// <summary>The characters that are escaped, each by at most five.</summary>
    public static readonly SearchValues<char> Special = SearchValues.Create("&<>'\"");

    /// <summary>The text as markup: as it is if it already is markup.</summary>
    public static string Escape(StringValue text) => text.IsMarkup ? text.Text : Escape(text.Text);

    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny(Special)) return text;
        var escaped = new StringBuilder(text.Length);
        foreach (var unit in text)
        {
            escaped.Append(unit switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '\'' => "&#39;", '"' => "&#34;", _ => null });
            if (!Special.Contains(unit)) escaped.Append(unit);
        }

        return escaped.ToString();
    }

    /// <summary>The text without comments and tags, its whitespace collapsed and its entities resolved.</summary>
    public static string StripTags(string text, Rendering rendering)
    {
        rendering.Spend(text.Length);
        text = Cut(Cut(text, "<!--", "-->"), "<", ">");
        return WebUtility.HtmlDecode(string.Join(' ', rendering.Paid(Splitting.OnSpaces(text, -1))));
    }

    private static string Cut(string text, string opening, string closing)
    {
        var kept = new StringBuilder(text.Length);
        var position = 0;
        while (text.IndexOf(opening, position, StringComparison.Ordinal) is var start and >= 0
            && text.IndexOf(closing, start, StringComparison.Ordinal) is var end and >= 0)
        {
            kept.Append(text, position, start - position);
            position = end + closing.Length;
        }

        return kept.Append(text, position, text.Length - position).ToString();
    }
}
