using System.Globalization;
using System.Text;
using Exo.Client.Terminal;

namespace Exo.Client.Editing;

/// <summary>A text as rows of a terminal.</summary>
/// <param name="Rows">What stands in each row, at most the terminal's width of columns.</param>
/// <param name="CursorRow">Index into the rows.</param>
/// <param name="CursorColumn">Columns left of the cursor.</param>
internal sealed record LineLayout(IReadOnlyList<string> Rows, int CursorRow, int CursorColumn)
{
    /// <summary>Lays out a text behind its prompt.</summary>
    /// <param name="prompt">Before the first line.</param>
    /// <param name="continuation">Before each further line of the text.</param>
    /// <param name="cursor">Index into the text.</param>
    /// <param name="width">Columns of the terminal.</param>
    public static LineLayout Of(string prompt, string continuation, string text, int cursor, int width)
    {
        width = Math.Max(width, 4);
        var rows = new List<string>();
        var row = new StringBuilder(prompt);
        var column = TextWidth.Of(prompt);
        var (cursorRow, cursorColumn) = (0, 0);

        void Break(string head)
        {
            rows.Add(row.ToString());
            row.Clear().Append(head);
            column = TextWidth.Of(head);
        }

        for (var index = 0; ; )
        {
            var length = index < text.Length ? StringInfo.GetNextTextElementLength(text, index) : 0;
            var (shown, columns) = Show(text.AsSpan(index, length));
            // The cursor needs a column of its own behind the text, as a character does.
            if (column + Math.Max(columns, 1) > width && (length == 0 || text[index] != '\n')) Break("");
            if (index == cursor) (cursorRow, cursorColumn) = (rows.Count, column);
            if (length == 0) break;
            if (text[index] == '\n') Break(continuation);
            else
            {
                row.Append(shown);
                column += columns;
            }
            index += length;
        }
        rows.Add(row.ToString());
        return new LineLayout(rows, cursorRow, Math.Min(cursorColumn, width - 1));
    }

    /// <summary>Control characters are made visible: they must never reach the terminal.</summary>
    private static (string Text, int Columns) Show(ReadOnlySpan<char> element) => element switch
    {
        [] or "\n" or "\r\n" => ("", 0),
        "\t" => ("    ", 4),
        [< ' ' and var control] => ($"^{(char)(control + '@')}", 2),
        [>= '\x7f' and <= '\x9f'] => ("�", 1),
        _ => (element.ToString(), TextWidth.OfElement(element)),
    };
}
