namespace Exo.Engine.Generation;

/// <summary>How the next token is picked from the logits. The steps apply in the order of the properties.</summary>
public sealed record SamplingOptions
{
    /// <summary>Always the likeliest token.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Added to single tokens' logits, by token id. OpenAI's logit_bias.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>Positive logits of tokens seen are divided by it, negative ones multiplied. 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>How many last tokens count as seen for the three penalties. -1: all of the context; 0: none.</summary>
    public int PenaltyWindow { get; init; } = 64;

    /// <summary>Subtracted once from tokens seen. 0 is off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted from tokens seen as often as they were. 0 is off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Logits are divided by it; 0 picks the likeliest token, the lowest id among equals.</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>Only this many likeliest tokens stay. 0 is off.</summary>
    public int TopK { get; init; }

    /// <summary>Only the likeliest tokens that together reach this probability stay. 1 is off.</summary>
    public float TopP { get; init; } = 1f;

    /// <summary>Only tokens at least this share as likely as the likeliest stay. 0 is off.</summary>
    public float MinP { get; init; }

    /// <summary>With the position, the key of the generator: the same request and seed give the same tokens.</summary>
    public ulong Seed { get; init; }
}
