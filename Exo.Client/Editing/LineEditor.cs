using System.Text;
using Exo.Client.Terminal;

namespace Exo.Client.Editing;

/// <summary>How reading a line ended.</summary>
internal enum LineEnd
{
    Entered,

    /// <summary>Ctrl-C.</summary>
    Interrupted,

    /// <summary>Ctrl-D on an empty line, or the terminal has gone.</summary>
    Closed,
}

/// <summary>Reads lines from a terminal with the keys people know from their shell.</summary>
internal sealed class LineEditor(IConsole console, LineHistory history)
{
    private readonly LineBuffer _buffer = new();
    private string _prompt = "";
    private string _continuation = "";
    private int _drawnCursorRow;
    private char _highSurrogate;

    /// <summary>Reads one line; a pasted text or Alt-Enter gives it several.</summary>
    /// <param name="prompt">Before the first line.</param>
    /// <param name="continuation">Before each further one.</param>
    public (LineEnd End, string Text) Read(string prompt, string continuation)
    {
        using var scope = console.Keys.Begin();
        (_prompt, _continuation, _drawnCursorRow) = (prompt, continuation, 0);
        _buffer.Set("");
        console.Out.Write(KeyInput.MarkPastes);
        Draw();
        LineEnd? end = null;
        while (end is null)
        {
            end = KeyInput.Read(console.Keys) is { } input ? Apply(input) : LineEnd.Closed;
            if (end is null && !console.Keys.IsAvailable) Draw();
        }
        Leave();
        if (end == LineEnd.Entered) history.Add(_buffer.Text);
        return (end.Value, _buffer.Text);
    }

    private LineEnd? Apply(KeyInput input)
    {
        if (input.Pasted is { } pasted)
        {
            _buffer.Insert(pasted);
            return null;
        }
        var key = input.Key;
        if (key.Modifiers.HasFlag(ConsoleModifiers.Control)) return ApplyControl(key);
        if (key.Modifiers.HasFlag(ConsoleModifiers.Alt) && ApplyAlt(key)) return null;
        switch (key.Key)
        {
            case ConsoleKey.Enter: return LineEnd.Entered;
            case ConsoleKey.Backspace: _buffer.Backspace(); break;
            case ConsoleKey.Delete: _buffer.Delete(); break;
            case ConsoleKey.LeftArrow: _buffer.Left(); break;
            case ConsoleKey.RightArrow: _buffer.Right(); break;
            case ConsoleKey.Home: _buffer.Home(); break;
            case ConsoleKey.End: _buffer.End(); break;
            case ConsoleKey.UpArrow: Older(); break;
            case ConsoleKey.DownArrow: Newer(); break;
            case ConsoleKey.Tab: break;
            default: Type(key.KeyChar); break;
        }
        return null;
    }

    private LineEnd? ApplyControl(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.C: return LineEnd.Interrupted;
            case ConsoleKey.D when _buffer.Text.Length == 0: return LineEnd.Closed;
            case ConsoleKey.D: _buffer.Delete(); break;
            case ConsoleKey.A: _buffer.Home(); break;
            case ConsoleKey.E: _buffer.End(); break;
            case ConsoleKey.B: _buffer.Left(); break;
            case ConsoleKey.F: _buffer.Right(); break;
            case ConsoleKey.U: _buffer.KillToStart(); break;
            case ConsoleKey.K: _buffer.KillToEnd(); break;
            case ConsoleKey.W or ConsoleKey.Backspace: _buffer.KillWordLeft(); break;
            case ConsoleKey.Y: _buffer.Yank(); break;
            case ConsoleKey.H: _buffer.Backspace(); break;
            case ConsoleKey.P: Older(); break;
            case ConsoleKey.N: Newer(); break;
            case ConsoleKey.LeftArrow: _buffer.WordLeft(); break;
            case ConsoleKey.RightArrow: _buffer.WordRight(); break;
            case ConsoleKey.Delete: _buffer.KillWordRight(); break;
            case ConsoleKey.L: Clear(); break;
            case ConsoleKey.Enter or ConsoleKey.J: return LineEnd.Entered;
            default:
                if (key.Modifiers.HasFlag(ConsoleModifiers.Alt)) Type(key.KeyChar); // AltGr
                break;
        }
        return null;
    }

    private bool ApplyAlt(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.B or ConsoleKey.LeftArrow: _buffer.WordLeft(); return true;
            case ConsoleKey.F or ConsoleKey.RightArrow: _buffer.WordRight(); return true;
            case ConsoleKey.D: _buffer.KillWordRight(); return true;
            case ConsoleKey.Backspace: _buffer.KillWordLeft(); return true;
            case ConsoleKey.Enter: _buffer.Insert("\n"); return true;
            default: return false;
        }
    }

    /// <summary>Characters beyond U+FFFF come as two keys.</summary>
    private void Type(char typed)
    {
        if (char.IsHighSurrogate(typed)) _highSurrogate = typed;
        else if (char.IsLowSurrogate(typed) && _highSurrogate != '\0') _buffer.Insert(new string([_highSurrogate, typed]));
        else if (!char.IsControl(typed)) _buffer.Insert(typed.ToString());
        if (!char.IsHighSurrogate(typed)) _highSurrogate = '\0';
    }

    private void Older()
    {
        if (!_buffer.Up() && history.Older(_buffer.Text) is { } line) _buffer.Set(line);
    }

    private void Newer()
    {
        if (!_buffer.Down() && history.Newer() is { } line) _buffer.Set(line);
    }

    private void Clear()
    {
        console.Out.Write("\e[H\e[2J");
        _drawnCursorRow = 0;
    }

    /// <summary>Draws the whole text anew over what was drawn before; of a text taller than the screen the rows around the cursor.</summary>
    private void Draw()
    {
        var layout = LineLayout.Of(_prompt, _continuation, _buffer.Text, _buffer.Cursor, console.Width);
        var height = Math.Max(1, console.Height - 1);
        var first = Math.Clamp(layout.CursorRow - height + 1, 0, Math.Max(0, layout.Rows.Count - height));
        var rows = layout.Rows.Skip(first).Take(height).ToArray();
        var cursorRow = layout.CursorRow - first;

        var screen = new StringBuilder("\r");
        Move(screen, _drawnCursorRow, 'A');
        screen.Append("\e[J").AppendJoin("\r\n", rows).Append('\r');
        Move(screen, rows.Length - 1 - cursorRow, 'A');
        Move(screen, layout.CursorColumn, 'C');
        console.Out.Write(screen);
        console.Out.Flush();
        _drawnCursorRow = cursorRow;
    }

    /// <summary>Shows the text to its end and goes to the line below.</summary>
    private void Leave()
    {
        _buffer.Set(_buffer.Text);
        Draw();
        console.Out.Write("\r\n" + KeyInput.LeavePastesUnmarked);
        console.Out.Flush();
    }

    private static void Move(StringBuilder screen, int count, char direction)
    {
        if (count > 0) screen.Append("\e[").Append(count).Append(direction);
    }
}
