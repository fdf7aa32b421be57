using System.Globalization;

namespace Exo.Engine.Tokenization.Unicode;

/// <summary>Reads the Unicode tables that tools/unicode/generate.mjs writes and the assembly embeds.</summary>
internal static class UnicodeResource
{
    /// <summary>The lines of an embedded table, without its comments.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using var stream = typeof(UnicodeResource).Assembly.GetManifestResourceStream($"Exo.Engine.Tokenization.Unicode.{name}")
            ?? throw new InvalidOperationException($"{name} is not embedded in {typeof(UnicodeResource).Assembly.GetName().Name}");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#')
                yield return line;
    }

    /// <summary>The code points of "0300" or "0300-0314".</summary>
    public static IEnumerable<int> Range(string text)
    {
        var (first, last) = Bounds(text);
        return Enumerable.Range(first, last - first + 1);
    }

    /// <summary>The first and the last code point of "0300" or "0300-0314".</summary>
    public static (int First, int Last) Bounds(ReadOnlySpan<char> text)
    {
        var dash = text.IndexOf('-');
        var first = int.Parse(dash < 0 ? text : text[..dash], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (first, dash < 0 ? first : int.Parse(text[(dash + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
