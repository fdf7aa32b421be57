namespace Exo.Client.Editing;

/// <summary>The lines entered so far, and the place among them while one is looked for.</summary>
internal sealed class LineHistory
{
    private const int Capacity = 500;
    private readonly List<string> _lines = [];
    private int _position;
    private string _draft = "";

    /// <summary>Keeps a line and leaves the search. One like the last is not kept twice.</summary>
    public void Add(string line)
    {
        if (line.Length > 0 && (_lines.Count == 0 || _lines[^1] != line)) _lines.Add(line);
        if (_lines.Count > Capacity) _lines.RemoveAt(0);
        _position = _lines.Count;
    }

    /// <summary>The line before, or null at the oldest. What is being written is kept as the newest.</summary>
    public string? Older(string current)
    {
        if (_position == 0) return null;
        if (_position == _lines.Count) _draft = current;
        return _lines[--_position];
    }

    /// <summary>The line after, at the end what was being written; null there.</summary>
    public string? Newer()
    {
        if (_position == _lines.Count) return null;
        return ++_position == _lines.Count ? _draft : _lines[_position];
    }
}
