namespace Exo.Engine.Generation;

/// <summary>
/// Cuts a text that comes in pieces at the first stop string, wherever the pieces part. Text that may be the beginning of a stop is
/// held back. The cut depends on the text alone: the stop that is complete first counts, the longer among those.
/// </summary>
internal sealed class StopStrings(IReadOnlyList<string> stops)
{
    private readonly string[] _stops = [.. stops]; // an array is walked without allocating
    private string _held = "";

    /// <summary>Characters held back.</summary>
    public int HeldLength => _held.Length;

    /// <summary>Adds a piece.</summary>
    /// <param name="stopped">A stop is complete: the text ends with what is returned.</param>
    /// <returns>What certainly belongs to the text by now.</returns>
    public string Append(string piece, out bool stopped)
    {
        stopped = false;
        if (_stops.Length == 0 || piece.Length == 0) return piece;

        var text = _held + piece;
        if (FirstStop(text) is { } start)
        {
            stopped = true;
            _held = "";
            return text[..start];
        }

        var held = PossibleStopLength(text);
        _held = text[(text.Length - held)..];
        return text[..^held];
    }

    /// <summary>The text has ended: what was held back belongs to it.</summary>
    public string Flush()
    {
        var text = _held;
        _held = "";
        return text;
    }

    /// <summary>Where the stop begins that ends first.</summary>
    private int? FirstStop(string text)
    {
        int? start = null;
        var end = int.MaxValue;
        foreach (var stop in _stops)
        {
            var at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at < 0 || at + stop.Length > end || (at + stop.Length == end && at >= start)) continue;
            start = at;
            end = at + stop.Length;
        }

        return start;
    }

    /// <summary>The longest end of the text that is the beginning of a stop.</summary>
    private int PossibleStopLength(string text)
    {
        var longest = 0;
        foreach (var stop in _stops)
        {
            for (var length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))) longest = length;
            }
        }

        return longest;
    }
}
