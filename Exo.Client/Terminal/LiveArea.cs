using System.Text;

namespace Exo.Client.Terminal;

/// <summary>
/// A few lines at the bottom of a terminal that are drawn again and again: bars. It writes to the error stream, so that the answer
/// stays alone on the output, and only where a terminal is.
/// </summary>
internal sealed class LiveArea(IConsole console) : IDisposable
{
    private readonly Lock _lock = new();
    private IReadOnlyList<string> _lines = [];
    private IReadOnlyList<string> _drawn = [];
    private int? _stay;

    /// <summary>There is a terminal to draw on.</summary>
    public bool IsVisible => console.ErrorIsTerminal && console.HasCursor;

    /// <summary>Replaces the lines; each is cut at the terminal's width, and their number at its height.</summary>
    public void Show(IReadOnlyList<string> lines)
    {
        console.Live = this;
        lock (_lock) Draw(lines);
    }

    /// <summary>Takes the lines away.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Erase();
            _lines = [];
        }
        if (console.Live == this) console.Live = null;
    }

    /// <summary>Writes rows that stay, above the lines. On any thread.</summary>
    public void Above(IEnumerable<string> rows)
    {
        lock (_lock)
        {
            Erase();
            foreach (var row in rows) console.Error.WriteLine(row);
            if (_lines.Count > 0) Draw(_lines);
        }
    }

    public void Dispose() => Clear();

    private void Draw(IReadOnlyList<string> lines)
    {
        _lines = lines;
        if (!IsVisible || !IsHere()) return;
        var width = console.Width - 1; // The last column stays free: some terminals wrap when it is written.
        string[] shown = [.. lines.Take(Math.Max(1, console.Height - 1)).Select(line => TextWidth.Clip(Printable.Line(line), width))];
        var screen = Rewind();
        for (var index = 0; index < shown.Length; index++)
            screen.Append(index == 0 ? "" : "\n").Append(shown[index]).Append("\e[K");
        if (shown.Length < _drawn.Count) screen.Append("\e[J"); // The rows below are of an earlier, longer list.
        screen.Append('\r'); // Behind a row's end the cursor may be in that row or the next once the terminal is just as wide as the row.
        _drawn = shown;
        console.Error.Write(screen.ToString());
    }

    private void Erase()
    {
        if (!IsHere() || _drawn.Count == 0) return;
        console.Error.Write(Rewind().Append("\e[J").ToString());
        _drawn = [];
    }

    /// <summary>Whether the terminal is the process's. What was drawn before it was left stays there as it is: the cursor is below the shell's rows now.</summary>
    private bool IsHere()
    {
        var stay = console.Stay;
        if (stay != _stay) _drawn = [];
        _stay = stay;
        return stay is not null;
    }

    /// <summary>
    /// Goes back to the first row of what is drawn. A terminal that was made narrower has broken the lines that no longer fit into several rows: those
    /// are taken away at once, for they are more than will be drawn.
    /// </summary>
    private StringBuilder Rewind()
    {
        var screen = new StringBuilder("\r");
        int[] rows = [.. _drawn.Select(line => console.Reflows ? TextWidth.Rows(line, console.Width) : 1)];
        if (rows.SkipLast(1).Sum() is > 0 and var above) screen.Append("\e[").Append(above).Append('A'); // The cursor is where the last line begins.
        if (rows.Sum() > rows.Length) screen.Append("\e[J");
        return screen;
    }
}
