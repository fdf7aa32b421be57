namespace Exo.Client.Terminal;

/// <summary>What the program says to the person beside the answer: on the error stream, broken between words where that is a terminal, without control characters.</summary>
internal static class Notice
{
    /// <summary>Below this many columns two columns of text become one under the other.</summary>
    private const int NarrowWidth = 60;

    public static void Tell(this IConsole console, string text) =>
        Write(console, Rows(Printable.Line(text), console.ErrorIsTerminal ? console.Width - 1 : int.MaxValue));

    /// <summary>A list of names and what they mean.</summary>
    public static void Tell(this IConsole console, IReadOnlyList<(string Name, string Meaning)> list)
    {
        var width = list.Max(entry => entry.Name.Length) + 2;
        var narrow = console.ErrorIsTerminal && console.Width < NarrowWidth;
        Write(console, list.SelectMany(entry => Rows(entry.Name, Printable.Line(entry.Meaning))));

        IEnumerable<string> Rows(string name, string meaning) =>
            narrow ? Notice.Rows(meaning, console.Width - 5).Select(row => "    " + row).Prepend(name) : [name.PadRight(width) + meaning];
    }

    /// <summary>Bars that are shown meanwhile stay below.</summary>
    private static void Write(IConsole console, IEnumerable<string> rows)
    {
        if (console.Live is { } area) area.Above(rows);
        else foreach (var row in rows) console.Error.WriteLine(row);
    }

    /// <summary>The end of a long name, "…" before it: of a path that says the most.</summary>
    public static string Tail(string name, int width)
    {
        if (TextWidth.Of(name) <= width) return name;
        var start = name.Length - Math.Clamp(width - 1, 0, name.Length);
        while (start < name.Length && TextWidth.Of(name.AsSpan(start)) > width - 1) start++;
        return "…" + name[start..];
    }

    /// <summary>A text broken between words; a word longer than the width stays whole, the terminal breaks it.</summary>
    internal static IEnumerable<string> Rows(string text, int width)
    {
        var row = "";
        foreach (var word in text.Split(' '))
        {
            if (row.Length > 0 && TextWidth.Of(row) + 1 + TextWidth.Of(word) > width)
            {
                yield return row;
                row = word;
            }
            else row = row.Length == 0 ? word : $"{row} {word}";
        }
        yield return row;
    }
}
