using System.Buffers;
using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Upper, lower and title case as Python maps them, letters that become several and the final sigma included.</summary>
internal static class Casing
{
    /// <summary>Letters whose upper case is longer than one letter (Unicode's SpecialCasing, without Greek iota subscripts).</summary>
    private static readonly Dictionary<char, string> LongUppers = new()
    {
        ['ß'] = "SS", ['ŉ'] = "ʼN", ['ǰ'] = "J\u030C", ['ΐ'] = "Ϊ\u0301", ['ΰ'] = "Ϋ\u0301", ['և'] = "ԵՒ",
        ['\uFB00'] = "FF", ['\uFB01'] = "FI", ['\uFB02'] = "FL", ['\uFB03'] = "FFI", ['\uFB04'] = "FFL", ['\uFB05'] = "ST", ['\uFB06'] = "ST",
    };

    private static readonly SearchValues<char> LongUpperLetters = SearchValues.Create([.. LongUppers.Keys]);

    public static string Upper(string text)
    {
        if (!text.AsSpan().ContainsAny(LongUpperLetters)) return text.ToUpperInvariant();
        return string.Concat(CodePoints.Each(text).Select(UpperPoint));
    }

    public static string Lower(string text)
    {
        if (!text.AsSpan().ContainsAny('Σ', 'İ')) return text.ToLowerInvariant();
        var lower = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == 'İ') lower.Append("i\u0307");
            else if (text[i] == 'Σ') lower.Append(IsFinal(text, i) ? 'ς' : 'σ');
            else if (Characters.Width(text, i) == 2) lower.Append(text.Substring(i++, 2).ToLowerInvariant());
            else lower.Append(char.ToLowerInvariant(text[i]));
        }

        return lower.ToString();
    }

    /// <summary>Each run of letters with its first in upper case.</summary>
    public static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        var inWord = false;
        foreach (var point in CodePoints.Each(text))
        {
            var isLetter = Rune.TryGetRuneAt(point, 0, out var rune) && Characters.IsCased(rune);
            title.Append(isLetter && !inWord ? TitlePoint(point) : isLetter ? Lower(point) : point);
            inWord = isLetter;
        }

        return title.ToString();
    }

    public static string Capitalize(string text)
    {
        if (text.Length == 0) return text;
        // Lowered as a whole, for a sigma at a word's end is told by what stands before it.
        var first = text[..Characters.Width(text, 0)];
        return TitlePoint(first) + Lower(text)[Lower(first).Length..];
    }

    public static string Swap(string text) =>
        string.Concat(CodePoints.Each(text).Select(point => UpperPoint(point) is var upper && upper != point ? upper : Lower(point)));

    public static string Fold(string text) => Lower(text).Replace("ß", "ss", StringComparison.Ordinal).Replace('ς', 'σ');

    private static string UpperPoint(string point) => LongUppers.GetValueOrDefault(point[0]) ?? point.ToUpperInvariant();

    private static string TitlePoint(string point) => point[0] switch
    {
        'Ǆ' or 'ǅ' or 'ǆ' => "ǅ",
        'Ǉ' or 'ǈ' or 'ǉ' => "ǈ",
        'Ǌ' or 'ǋ' or 'ǌ' => "ǋ",
        'Ǳ' or 'ǲ' or 'ǳ' => "ǲ",
        _ when point.Length == 1 && UpperPoint(point) is { Length: > 1 } upper => upper[..1] + upper[1..].ToLowerInvariant(),
        _ => UpperPoint(point),
    };

    /// <summary>A sigma ends a word if letters stand before it and none after it.</summary>
    private static bool IsFinal(string text, int position) =>
        position > 0 && char.IsLetter(text[position - 1]) && (position + 1 == text.Length || !char.IsLetter(text[position + 1]));
}
