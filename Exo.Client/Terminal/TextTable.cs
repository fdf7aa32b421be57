using Spectre.Console;

namespace Exo.Client.Terminal;

/// <summary>A column of a table.</summary>
/// <param name="Right">Its values stand at its right edge.</param>
/// <param name="Rank">Where the terminal is too narrow, columns of the highest rank are left out first; those of rank 0 never.</param>
internal readonly record struct TextColumn(string Name, bool Right = false, int Rank = 0);

/// <summary>Rows and columns: drawn on a terminal, aligned plain text elsewhere.</summary>
internal static class TextTable
{
    public static void Write(IConsole console, IReadOnlyList<TextColumn> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        rows = [.. rows.Select(row => row.Select(Printable.Line).ToArray())];
        if (!console.OutputIsTerminal || !console.HasCursor)
        {
            WritePlain(console.Out, columns, rows);
            return;
        }
        var kept = Fitting(columns, Widths(columns, rows), console.Width);
        Draw(console, [.. kept.Select(index => columns[index])], [.. rows.Select(row => kept.Select(index => row[index]).ToArray())]);
    }

    /// <summary>Indexes of the columns that fit side by side.</summary>
    private static List<int> Fitting(IReadOnlyList<TextColumn> columns, int[] widths, int width)
    {
        const int PaddingOfColumn = 3, Border = 1; // As Spectre draws them: a blank on either side of a column, and one between two.
        var kept = Enumerable.Range(0, columns.Count).ToList();
        while (kept.Sum(index => widths[index] + PaddingOfColumn) + Border > width)
        {
            var least = kept.MaxBy(index => columns[index].Rank);
            if (columns[least].Rank == 0) break;
            kept.Remove(least);
        }
        return kept;
    }

    private static int[] Widths(IReadOnlyList<TextColumn> columns, IReadOnlyList<IReadOnlyList<string>> rows) =>
        [.. columns.Select((column, index) => rows.Select(row => TextWidth.Of(row[index])).Append(TextWidth.Of(column.Name)).Max())];

    private static void Draw(IConsole console, IReadOnlyList<TextColumn> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = console.HasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(console.Out),
        });
        ansi.Profile.Width = console.Width;
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns) table.AddColumn(new TableColumn(new Markup(Markup.Escape(column.Name), Style.Parse(console.HasColor ? "bold" : "default"))) { Alignment = column.Right ? Justify.Right : Justify.Left });
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(cell)));
        ansi.Write(table);
    }

    private static void WritePlain(TextWriter writer, IReadOnlyList<TextColumn> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var lines = rows.Prepend([.. columns.Select(column => column.Name)]).ToArray();
        var widths = Widths(columns, rows);
        foreach (var line in lines)
        {
            var cells = line.Select((cell, index) =>
            {
                var gap = new string(' ', widths[index] - TextWidth.Of(cell));
                return columns[index].Right ? gap + cell : cell + gap;
            });
            writer.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
