using System.Text;

namespace Exo.Client.Terminal;

/// <summary>
/// A few lines at the bottom of a terminal that are drawn again and again: bars. It writes to the error stream, so that the answer
/// stays alone on the output, and only where a terminal is.
/// </summary>
internal sealed class LiveArea(IConsole console) : IDisposable
{
    private int _drawnCount;

    /// <summary>There is a terminal to draw on.</summary>
    public bool IsVisible => console.ErrorIsTerminal && console.HasCursor;

    /// <summary>Replaces the lines; each is cut at the terminal's width, and their number at its height.</summary>
    public void Show(IReadOnlyList<string> lines)
    {
        if (!IsVisible) return;
        var width = console.Width - 1; // The last column stays free: some terminals wrap when it is written.
        var count = Math.Min(lines.Count, Math.Max(1, console.Height - 1));
        var screen = Rewind();
        for (var index = 0; index < count; index++)
            screen.Append(index == 0 ? "" : "\n").Append(TextWidth.Clip(lines[index], width)).Append("\e[K");
        if (count < _drawnCount) screen.Append("\e[J"); // The rows below are of an earlier, longer list.
        _drawnCount = count;
        console.Error.Write(screen.ToString());
    }

    /// <summary>Takes the lines away.</summary>
    public void Clear()
    {
        if (_drawnCount == 0) return;
        console.Error.Write(Rewind().Append("\e[J").ToString());
        _drawnCount = 0;
    }

    public void Dispose() => Clear();

    private StringBuilder Rewind()
    {
        var screen = new StringBuilder("\r");
        if (_drawnCount > 1) screen.Append("\e[").Append(_drawnCount - 1).Append('A');
        return screen;
    }
}
