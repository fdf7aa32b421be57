namespace Exo.Engine.Generation;

/// <summary>
/// Picks tokens from logits: a pure function of its arguments, bit for bit the same on every machine, so that nothing is lost with
/// one. Probabilities are exponentials by <see cref="PortableMath"/>, sums of them whole numbers (<see cref="Nucleus"/>), and the
/// draw is <see cref="Philox"/> of (seed, position). It never sorts the vocabulary and allocates only what it returns.
/// </summary>
public static class Sampler
{
    /// <summary>Picks one token.</summary>
    /// <param name="logits">[vocabSize], as the head gave them; left as they are.</param>
    /// <param name="request">How to pick.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or a token id not in the vocabulary.</exception>
    /// <exception cref="NotFiniteNumberException">A logit is not a number or infinite.</exception>
    public static TokenChoice Sample(ReadOnlySpan<float> logits, SampleRequest request)
    {
        request.Options.Validate();
        var softmax = LogSoftmax.Of(logits);
        var scratch = SamplerScratch.Current;
        var adjusted = LogitAdjustment.Apply(logits, request, scratch);

        var best = TokenRank.Best(adjusted);
        if (float.IsNegativeInfinity(adjusted[best])) throw new ArgumentException($"LogitBias bans all {logits.Length} tokens of the vocabulary.", nameof(request));
        var id = request.Options.Temperature == 0 ? best : Draw(adjusted, adjusted[best], request, scratch);
        return new TokenChoice(id, softmax.Logprob(logits[id]), Likeliest(logits, softmax, request.TopLogprobs, scratch));
    }

    /// <summary>The <paramref name="count"/> likeliest tokens, best first, the lower id first among equals.</summary>
    /// <param name="logits">[vocabSize]</param>
    /// <param name="count">How many; at most the vocabulary's size are returned.</param>
    /// <param name="also">A token that is told in any case: last, where it is not among the likeliest.</param>
    /// <exception cref="NotFiniteNumberException">A logit is not a number or infinite.</exception>
    public static IReadOnlyList<TokenLogprob> TopLogprobs(ReadOnlySpan<float> logits, int count, int? also = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var softmax = LogSoftmax.Of(logits);
        var likeliest = Likeliest(logits, softmax, count, SamplerScratch.Current);
        if (also is not { } id || likeliest.Any(token => token.TokenId == id)) return likeliest;
        return [.. likeliest, new TokenLogprob(id, softmax.Logprob(logits[id]))];
    }

    private static TokenLogprob[] Likeliest(ReadOnlySpan<float> logits, LogSoftmax softmax, int count, SamplerScratch scratch)
    {
        count = Math.Min(count, logits.Length);
        if (count <= 0) return [];

        var ranks = TokenRank.Likeliest(logits, count, scratch.Ranks(TokenRank.BufferLength(logits.Length, count)));
        ranks.Sort();
        var result = new TokenLogprob[ranks.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var id = TokenRank.Id(ranks[^(i + 1)]);
            result[i] = new TokenLogprob(id, softmax.Logprob(logits[id]));
        }

        return result;
    }

    /// <summary>
    /// Draws among the tokens that top-k, top-p and min-p leave: each takes its mass of the line from 0 to the total, in the order of
    /// the ids, and the generator names a point on it.
    /// </summary>
    private static int Draw(ReadOnlySpan<float> logits, float max, SampleRequest request, SamplerScratch scratch)
    {
        var options = request.Options;
        if (options.TopK > 0 && options.TopK < logits.Length) return DrawAmongBest(logits, max, request, scratch);

        var weights = scratch.Weights(logits.Length);
        PortableMath.Exp(logits, max, options.Temperature, weights);
        if (options.TopP < 1) Nucleus.KeepUpTo(Cutoff(logits, weights, options.TopP, scratch), logits, weights);
        if (options.MinP > 0) Nucleus.KeepAtLeast(options.MinP, weights);

        var total = Nucleus.TotalMass(weights);
        return Nucleus.TokenAt(weights, Math.BigMul(Philox.Bits(options.Seed, request.Position), total, out _));
    }

    /// <summary>The same where top-k leaves few: they are put side by side in the order of their ids, and the rest of the vocabulary is not looked at again.</summary>
    private static int DrawAmongBest(ReadOnlySpan<float> logits, float max, SampleRequest request, SamplerScratch scratch)
    {
        var best = TokenRank.Likeliest(logits, request.Options.TopK, scratch.Ranks(TokenRank.BufferLength(logits.Length, request.Options.TopK)));
        var ids = scratch.Ids(best.Length);
        var kept = scratch.Kept(best.Length);
        for (var i = 0; i < ids.Length; i++) ids[i] = TokenRank.Id(best[i]);
        ids.Sort();
        for (var i = 0; i < ids.Length; i++) kept[i] = logits[ids[i]];
        return ids[Draw(kept, max, request, scratch)];
    }

    /// <summary>The worst rank that top-p leaves.</summary>
    private static ulong Cutoff(ReadOnlySpan<float> logits, ReadOnlySpan<float> weights, float topP, SamplerScratch scratch)
    {
        var total = Nucleus.TotalMass(weights);
        var candidates = Nucleus.Candidates(logits, weights, total, topP, scratch.Ranks(logits.Length));
        return Nucleus.Cutoff(candidates, weights, Nucleus.Share(total, topP));
    }
}
