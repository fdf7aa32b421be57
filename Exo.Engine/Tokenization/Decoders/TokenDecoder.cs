namespace Exo.Engine.Tokenization.Decoders;

/// <summary>The way back from tokens to text: steps on each token, then steps on the joined text.</summary>
internal sealed class TokenDecoder(IReadOnlyList<TokenStep> tokenSteps, IReadOnlyList<TextStep> textSteps)
{
    private readonly bool _mindsFirst = tokenSteps.Any(step => step.MindsFirst);

    public IReadOnlyList<TextStep> TextSteps => textSteps;

    /// <summary>Whether a text's first token comes out otherwise than the others.</summary>
    public bool MindsFirst => _mindsFirst;

    /// <summary>The bytes that a token adds to the text.</summary>
    /// <param name="piece">Its own spelling, in UTF-8.</param>
    /// <param name="isAdded">Whether it is an added token.</param>
    /// <param name="isFirst">Whether it is the first that is shown.</param>
    public byte[] Decode(ReadOnlySpan<byte> piece, bool isAdded, bool isFirst)
    {
        var token = new TokenText { Bytes = piece.ToArray(), IsFirst = isFirst, IsAdded = isAdded };
        foreach (var step in tokenSteps)
            step.Apply(ref token);
        return token.Bytes;
    }
}
