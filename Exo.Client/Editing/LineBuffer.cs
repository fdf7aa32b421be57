using System.Globalization;

namespace Exo.Client.Editing;

/// <summary>A text being edited and the cursor in it. Moves and deletes whole user-perceived characters; knows nothing of screens.</summary>
internal sealed class LineBuffer
{
    public string Text { get; private set; } = "";

    /// <summary>Index into <see cref="Text"/>, always between two user-perceived characters.</summary>
    public int Cursor { get; private set; }

    /// <summary>What was killed last.</summary>
    public string Killed { get; private set; } = "";

    public void Set(string text) => (Text, Cursor) = (text, text.Length);

    public void Insert(string text)
    {
        Text = Text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    public void Backspace() => Remove(Previous(), Cursor);

    public void Delete() => Remove(Cursor, Next());

    public void Left() => Cursor = Previous();

    public void Right() => Cursor = Next();

    public void WordLeft() => Cursor = WordStart();

    public void WordRight() => Cursor = WordEnd();

    public void Home() => Cursor = LineStart();

    public void End() => Cursor = LineEnd();

    public void KillToStart() => Kill(LineStart(), Cursor);

    /// <summary>Kills to the line's end, at the end the line break.</summary>
    public void KillToEnd() => Kill(Cursor, LineEnd() is var end && end > Cursor ? end : Next());

    public void KillWordLeft() => Kill(WordStart(), Cursor);

    public void KillWordRight() => Kill(Cursor, WordEnd());

    public void Yank() => Insert(Killed);

    /// <summary>To the line above; false in the first one.</summary>
    public bool Up()
    {
        var start = LineStart();
        if (start == 0) return false;
        var column = Cursor - start;
        var above = start < 2 ? 0 : Text.LastIndexOf('\n', start - 2) + 1;
        Cursor = Snap(Math.Min(above + column, start - 1));
        return true;
    }

    /// <summary>To the line below; false in the last one.</summary>
    public bool Down()
    {
        var end = LineEnd();
        if (end == Text.Length) return false;
        var column = Cursor - LineStart();
        Cursor = end + 1;
        Cursor = Snap(Math.Min(Cursor + column, LineEnd()));
        return true;
    }

    private void Kill(int start, int end)
    {
        if (end > start) Killed = Text[start..end];
        Remove(start, end);
    }

    private void Remove(int start, int end)
    {
        Text = Text.Remove(start, end - start);
        Cursor = start;
    }

    private int Next() => Cursor < Text.Length ? Cursor + StringInfo.GetNextTextElementLength(Text, Cursor) : Cursor;

    private int Previous() => Cursor > 0 ? Snap(Cursor - 1) : 0;

    /// <summary>The last border between characters at or before an index.</summary>
    private int Snap(int index)
    {
        var border = 0;
        while (border < Text.Length && border + StringInfo.GetNextTextElementLength(Text, border) is var next && next <= index) border = next;
        return border;
    }

    private int LineStart() => Cursor == 0 ? 0 : Text.LastIndexOf('\n', Cursor - 1) + 1;

    private int LineEnd() => Text.IndexOf('\n', Cursor) is >= 0 and var end ? end : Text.Length;

    private int WordStart()
    {
        var index = Cursor;
        while (index > 0 && char.IsWhiteSpace(Text[index - 1])) index--;
        while (index > 0 && !char.IsWhiteSpace(Text[index - 1])) index--;
        return index;
    }

    private int WordEnd()
    {
        var index = Cursor;
        while (index < Text.Length && char.IsWhiteSpace(Text[index])) index++;
        while (index < Text.Length && !char.IsWhiteSpace(Text[index])) index++;
        return index;
    }
}
