using Exo.Engine.Generation;

namespace Exo.Engine.Scheduling;

/// <summary>
/// Turns one sequence's sampled tokens into the pieces its reader sees: text as soon as it is certain, each token with the piece that
/// completes its text. The tokens of a piece wait here to be taken.
/// </summary>
internal sealed class SequenceText(ITextStream stream, IReadOnlyList<string> stops)
{
    private readonly StopStrings _stops = new(stops);
    private readonly Queue<TokenChoice> _tokens = new();
    private readonly Queue<long> _tokenEnds = new();
    private int _open;
    private int _due;
    private long _decoded;
    private long _released;

    /// <summary>Adds a token that has text.</summary>
    /// <returns>What can be shown by now.</returns>
    public Piece Append(TokenChoice token)
    {
        _tokens.Enqueue(token);
        _open++;
        var text = Release(stream.Append(token.TokenId), out var stopped);
        return new Piece(text, stopped ? TakeAll() : TakeComplete(), stopped);
    }

    /// <summary>The answer ends; a token that ended it leaves no text.</summary>
    public Piece End(TokenChoice? silent)
    {
        if (silent is { } token) _tokens.Enqueue(token);
        var text = Release(stream.Flush(), out var stopped);
        if (!stopped) text += _stops.Flush();
        return new Piece(text, TakeAll(), stopped);
    }

    private string Release(string decoded, out bool stopped)
    {
        if (decoded.Length > 0)
        {
            _decoded += decoded.Length;
            for (; _open > 0; _open--) _tokenEnds.Enqueue(_decoded);
        }

        var text = _stops.Append(decoded, out stopped);
        _released += text.Length;
        return text;
    }

    /// <summary>The next token of the pieces that were returned; as many times as they count together.</summary>
    public TokenChoice Take()
    {
        _due--;
        return _tokens.Dequeue();
    }

    private int TakeComplete()
    {
        var count = 0;
        for (; _tokenEnds.Count > 0 && _tokenEnds.Peek() <= _released; count++) _tokenEnds.Dequeue();
        _due += count;
        return count;
    }

    private int TakeAll()
    {
        var count = _tokens.Count - _due;
        _due = _tokens.Count;
        _tokenEnds.Clear();
        return count;
    }

    /// <param name="TokenCount">Tokens whose text is complete with this piece.</param>
    /// <param name="Stopped">A stop string ended the text.</param>
    public readonly record struct Piece(string Text, int TokenCount, bool Stopped);
}
