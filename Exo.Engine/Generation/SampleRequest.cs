namespace Exo.Engine.Generation;

/// <summary>Everything the last shard needs to pick one token: nothing is remembered there between steps. Used over and over for one sequence.</summary>
public sealed record SampleRequest
{
    public required SamplingOptions Options { get; init; }

    /// <summary>The position the sampled token will take in its sequence; the generator's counter.</summary>
    public required int Position { get; set; }

    /// <summary>The tokens the penalties look at, oldest first; empty where no penalty is on.</summary>
    public ReadOnlyMemory<int> History { get; set; }

    /// <summary>How many of the likeliest tokens to report with the choice.</summary>
    public int TopLogprobs { get; init; }
}

/// <summary>A sampled token. Log-probabilities are natural logarithms of the softmax over the unmodified logits.</summary>
/// <param name="TopLogprobs">The likeliest tokens, best first; as many as were asked for.</param>
public readonly record struct TokenChoice(int TokenId, float Logprob, IReadOnlyList<TokenLogprob> TopLogprobs);

/// <summary>A token and its natural log-probability.</summary>
public readonly record struct TokenLogprob(int TokenId, float Logprob);
