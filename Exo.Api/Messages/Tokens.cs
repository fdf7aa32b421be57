namespace Exo.Api;

/// <summary>Asks how a model splits a text.</summary>
public sealed record TokenizeRequest
{
    public required string Model { get; init; }

    public required string Text { get; init; }

    /// <summary>Adds what the model wants at a text's beginning and end (a begin-of-text token).</summary>
    public bool AddSpecialTokens { get; set; } = true;
}

/// <summary>A text as a model sees it.</summary>
public sealed record TokenizedText(IReadOnlyList<TokenPiece> Tokens);

/// <summary>One token.</summary>
/// <param name="Piece">Its text; bytes that are no whole character as U+FFFD.</param>
public sealed record TokenPiece(int Id, string Piece);

/// <summary>A token and its natural log-probability.</summary>
/// <param name="Bytes">What it stands for, maybe no whole character; null where not asked for.</param>
public readonly record struct TokenLikelihood(int Id, float Logprob, byte[]? Bytes = null);
