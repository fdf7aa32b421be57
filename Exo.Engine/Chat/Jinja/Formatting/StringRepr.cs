using System.Globalization;
using System.Text;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Python's <c>repr</c> of a string: single quotes unless only those occur inside, escapes for what does not print.</summary>
internal static class StringRepr
{
    public static void Write(string text, TextBuilder output)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var repr = new StringBuilder().Append(quote);
        for (var i = 0; i < text.Length;)
        {
            var width = Characters.Width(text, i);
            if (width == 1) AppendUnit(repr, text[i], quote);
            else AppendPair(repr, new Rune(text[i], text[i + 1]));
            i += width;
            if (repr.Length >= TextBuilder.PartLength) Flush(repr, output);
        }

        repr.Append(quote);
        Flush(repr, output);
    }

    private static void Flush(StringBuilder repr, TextBuilder output)
    {
        output.Append(repr.ToString());
        repr.Clear();
    }

    private static void AppendUnit(StringBuilder repr, char unit, char quote)
    {
        if (unit == quote || unit == '\\') repr.Append('\\').Append(unit);
        else if (unit == '\n') repr.Append("\\n");
        else if (unit == '\r') repr.Append("\\r");
        else if (unit == '\t') repr.Append("\\t");
        else if (unit is >= ' ' and < '\x7f' || (!char.IsSurrogate(unit) && Characters.IsPrintable(new Rune(unit)))) repr.Append(unit);
        else if (unit <= 0xFF) repr.Append(CultureInfo.InvariantCulture, $"\\x{(int)unit:x2}");
        else repr.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
    }

    private static void AppendPair(StringBuilder repr, Rune rune)
    {
        if (Characters.IsPrintable(rune)) repr.Append(rune);
        else repr.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}");
    }
}
