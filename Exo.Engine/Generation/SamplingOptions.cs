namespace Exo.Engine.Generation;

/// <summary>How the next token is picked from the logits. The steps apply in the order of the properties.</summary>
public sealed record SamplingOptions
{
    /// <summary>Always the likeliest token.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Added to single tokens' logits, by token id; negative infinity bans a token. OpenAI's logit_bias.</summary>
    public IReadOnlyDictionary<int, float> LogitBias
    {
        get;
        init => (field, Biases) = (value, [.. value]);
    } = new Dictionary<int, float>();

    /// <summary><see cref="LogitBias"/> as a list that is walked without allocating.</summary>
    internal KeyValuePair<int, float>[] Biases { get; private init; } = [];

    /// <summary>Positive logits of tokens seen are divided by it, negative ones multiplied. 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>How many last tokens count as seen for the three penalties. -1: all of the context; 0: none.</summary>
    public int PenaltyWindow { get; init; } = 64;

    /// <summary>Subtracted once from tokens seen, prompt and answer alike. 0 is off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted from tokens seen as often as they were. 0 is off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Logits are divided by it; 0 picks the likeliest token, the lowest id among equals.</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>Only this many likeliest tokens stay. 0 is off.</summary>
    public int TopK { get; init; }

    /// <summary>Only the fewest likeliest tokens that together reach this share of what top-k left stay, 0 to 1. 1 is off.</summary>
    public float TopP { get; init; } = 1f;

    /// <summary>Only tokens at least this share as likely as the likeliest stay, 0 to 1. 0 is off.</summary>
    public float MinP { get; init; }

    /// <summary>With the position, the key of the generator: the same request and seed give the same tokens.</summary>
    public ulong Seed { get; init; }

    /// <summary>One of the three penalties changes something.</summary>
    internal bool HasPenalty => PenaltyWindow != 0 && (RepetitionPenalty != 1f || PresencePenalty != 0f || FrequencyPenalty != 0f);

    /// <summary>Checks every option against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside; the message names it, its value and the range.</exception>
    public void Validate()
    {
        Check(float.IsFinite(RepetitionPenalty) && RepetitionPenalty > 0, nameof(RepetitionPenalty), RepetitionPenalty, "a number above 0 (1 is off)");
        Check(PenaltyWindow >= -1, nameof(PenaltyWindow), PenaltyWindow, "a number of tokens, or -1 for the whole context");
        Check(float.IsFinite(PresencePenalty), nameof(PresencePenalty), PresencePenalty, "a finite number (0 is off)");
        Check(float.IsFinite(FrequencyPenalty), nameof(FrequencyPenalty), FrequencyPenalty, "a finite number (0 is off)");
        Check(float.IsFinite(Temperature) && Temperature >= 0, nameof(Temperature), Temperature, "0 (greedy) or a finite number above it");
        Check(TopK >= 0, nameof(TopK), TopK, "0 (off) or a number of tokens");
        Check(TopP is >= 0 and <= 1, nameof(TopP), TopP, "from 0 to 1 (1 is off)");
        Check(MinP is >= 0 and <= 1, nameof(MinP), MinP, "from 0 to 1 (0 is off)");
        foreach (var (id, bias) in Biases)
        {
            if (!float.IsFinite(bias) && !float.IsNegativeInfinity(bias)) Check(false, $"{nameof(LogitBias)}[{id}]", bias, "a finite number, or negative infinity to ban the token");
        }
    }

    private static void Check<T>(bool holds, string option, T value, string range)
    {
        if (!holds) throw new ArgumentOutOfRangeException(option, value, $"{option} must be {range}.");
    }
}
