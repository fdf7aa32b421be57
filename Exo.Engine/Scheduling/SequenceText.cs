using Exo.Engine.Generation;

namespace Exo.Engine.Scheduling;

/// <summary>
/// Turns one sequence's sampled tokens into the pieces its reader sees: text as soon as it is certain, each token with the piece that
/// completes its text.
/// </summary>
internal sealed class SequenceText(ITextStream stream, IReadOnlyList<string> stops)
{
    private readonly StopStrings _stops = new(stops);
    private readonly Queue<TokenChoice> _tokens = new();
    private readonly Queue<long> _tokenEnds = new();
    private int _open;
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
        if (silent is not null) _tokens.Enqueue(silent);
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

    private TokenChoice[] TakeComplete()
    {
        var count = 0;
        foreach (var end in _tokenEnds)
        {
            if (end > _released) break;
            count++;
        }

        if (count == 0) return [];
        var taken = new TokenChoice[count];
        for (var i = 0; i < count; i++)
        {
            taken[i] = _tokens.Dequeue();
            _tokenEnds.Dequeue();
        }

        return taken;
    }

    private TokenChoice[] TakeAll()
    {
        TokenChoice[] taken = [.. _tokens];
        _tokens.Clear();
        _tokenEnds.Clear();
        return taken;
    }

    /// <param name="Stopped">A stop string ended the text.</param>
    public readonly record struct Piece(string Text, TokenChoice[] Tokens, bool Stopped);
}
