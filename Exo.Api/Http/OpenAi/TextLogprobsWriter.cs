namespace Exo.Api.Http.OpenAi;

/// <summary>Writes the log-probabilities of one completion, keeping count of where in its text each token begins.</summary>
/// <param name="top">How many of the likeliest were asked for.</param>
internal sealed class TextLogprobsWriter(int top)
{
    private int _offset;

    /// <summary>Of the prompt's tokens: nothing comes before the first, so nothing is said of it.</summary>
    public TextLogprobs Of(IReadOnlyList<PromptToken> prompt, IReadOnlyList<IReadOnlyList<TokenLikelihood>> positions) => new(
        [.. prompt.Select(token => TokenText.Of(token.Bytes))],
        [.. prompt.Select(token => token.Logprob)],
        [.. prompt.Select((token, index) => token.Logprob is { } logprob ? Likely(positions[index - 1], token.Bytes, logprob) : null)],
        [.. prompt.Select(token => Advance(token.Bytes))]);

    /// <summary>Of tokens that were picked.</summary>
    public TextLogprobs Of(IReadOnlyList<AnswerToken> tokens) => new(
        [.. tokens.Select(token => TokenText.Of(token.Bytes))],
        [.. tokens.Select(token => (float?)token.Logprob)],
        [.. tokens.Select(token => Likely(token.TopLogprobs, token.Bytes, token.Logprob))],
        [.. tokens.Select(token => Advance(token.Bytes))]);

    /// <summary>The likeliest and, in any case, the token itself; of two tokens with one text the likelier.</summary>
    private Dictionary<string, float> Likely(IReadOnlyList<TokenLikelihood> likeliest, byte[]? bytes, float logprob)
    {
        var likely = new Dictionary<string, float>(StringComparer.Ordinal);
        foreach (var token in likeliest.Take(top)) likely.TryAdd(TokenText.Of(token.Bytes), token.Logprob);
        likely.TryAdd(TokenText.Of(bytes), logprob);
        return likely;
    }

    private int Advance(byte[]? bytes)
    {
        // A token that begins within a character begins where the character does.
        var start = bytes is [var first, ..] && (first & 0xC0) == 0x80 ? Math.Max(0, _offset - 1) : _offset;
        _offset += TokenText.CharactersBegunIn(bytes);
        return start;
    }
}
