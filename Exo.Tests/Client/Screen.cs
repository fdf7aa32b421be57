using System.Globalization;
using System.Text.RegularExpressions;
using Exo.Client.Terminal;

namespace Exo.Tests.Client;

/// <summary>A terminal of limitless height: what a person sees after all codes were obeyed. Knows the codes that the program uses.</summary>
internal sealed partial class Screen(int width)
{
    private readonly List<List<string>> _rows = [[]];
    private readonly HashSet<List<string>> _broken = []; // Rows whose text goes on in the next one.

    public int Row { get; private set; }

    public int Column { get; private set; }

    /// <summary>The visible rows, spaces at their ends cut off, empty ones at the end left out.</summary>
    public static string[] Rows(string written, int width) => new Screen(width).Write(written).Text();

    public string[] Text()
    {
        var rows = _rows.Select(row => string.Concat(row).TrimEnd()).ToList();
        while (rows.Count > 0 && rows[^1].Length == 0) rows.RemoveAt(rows.Count - 1);
        return [.. rows];
    }

    public Screen Write(string text)
    {
        for (var index = 0; index < text.Length;)
        {
            if (Code().Match(text, index) is { Success: true } code && code.Index == index)
            {
                Obey(code.Groups[2].Value, code.Groups[1].Value is "" ? 1 : int.TryParse(code.Groups[1].Value, out var number) ? number : 0);
                index += code.Length;
                continue;
            }
            var length = StringInfo.GetNextTextElementLength(text, index);
            Put(text.Substring(index, length));
            index += length;
        }
        return this;
    }

    /// <summary>Makes the terminal narrower or wider, as those do that break and join rows. The cursor stays at its character; behind the end of a full row it goes to the next.</summary>
    public Screen Resize(int newWidth)
    {
        var (rows, row, column) = (_rows.ToArray(), Row, Column);
        var broken = _broken.ToHashSet();
        (width, Row, Column) = (newWidth, 0, 0);
        _rows.Clear();
        _rows.Add([]);
        _broken.Clear();
        var (atRow, atColumn) = (0, 0);
        for (var index = 0; index < rows.Length; index++)
        {
            if (index > 0 && !broken.Contains(rows[index - 1])) Put("\n");
            foreach (var element in rows[index].Take(index == row ? column : int.MaxValue).Where(element => element.Length > 0)) Put(element);
            if (index != row) continue;
            (atRow, atColumn) = Column == newWidth ? (Row + 1, 0) : (Row, Column);
            foreach (var element in rows[index].Skip(column).Where(element => element.Length > 0)) Put(element);
        }
        (Row, Column) = (atRow, atColumn);
        while (_rows.Count <= Row) _rows.Add([]);
        return this;
    }

    private void Obey(string code, int count)
    {
        switch (code)
        {
            case "A": Row = Math.Max(0, Row - count); break;
            case "C": Column = Math.Min(width - 1, Column + count); break;
            case "D": Column = Math.Max(0, Math.Min(Column, width - 1) - count); break;
            case "K": Cut(); break;
            case "J":
                Cut();
                _rows.RemoveRange(Row + 1, _rows.Count - Row - 1);
                break;
            case "h" or "l": break;
            default: throw new NotSupportedException($"The screen knows no code '{code}'.");
        }
    }

    private void Cut()
    {
        _broken.Remove(_rows[Row]);
        if (_rows[Row].Count > Column) _rows[Row].RemoveRange(Column, _rows[Row].Count - Column);
    }

    private void Put(string element)
    {
        if (element is "\r\n" or "\n")
        {
            Row++;
            Column = 0;
            if (Row == _rows.Count) _rows.Add([]);
            return;
        }
        if (element is "\r")
        {
            Column = 0;
            return;
        }
        Assert.False(char.IsControl(element[0]), $"The control character U+{(int)element[0]:X4} reached the screen.");
        var columns = TextWidth.OfElement(element);
        if (Column + columns > width)
        {
            _broken.Add(_rows[Row]);
            Put("\n");
        }
        var row = _rows[Row];
        while (row.Count < Column + columns) row.Add(" ");
        row[Column] = element;
        for (var rest = 1; rest < columns; rest++) row[Column + rest] = "";
        Column += columns;
    }

    [GeneratedRegex(@"\x1b\[\??([0-9;]*)([A-Za-z])")]
    private static partial Regex Code();
}
