namespace Exo.Engine.Generation;

/// <summary>Picks tokens from logits: a pure function of its arguments, so that nothing is lost with a machine.</summary>
public static class Sampler
{
    /// <summary>Picks one token.</summary>
    /// <param name="logits">[vocabSize], as the head gave them; left as they are.</param>
    /// <param name="request">How to pick.</param>
    public static TokenChoice Sample(ReadOnlySpan<float> logits, SampleRequest request) => throw new NotImplementedException();

    /// <summary>The <paramref name="count"/> likeliest tokens, best first, the lower id first among equals.</summary>
    /// <param name="logits">[vocabSize]</param>
    /// <param name="count">How many; at most the vocabulary's size are returned.</param>
    public static IReadOnlyList<TokenLogprob> TopLogprobs(ReadOnlySpan<float> logits, int count) => throw new NotImplementedException();
}
