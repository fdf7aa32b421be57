namespace Exo.Engine.Scheduling;

/// <summary>What a scheduler has to know of its model, and how it shares the model out.</summary>
public sealed record SchedulerOptions
{
    public required int VocabSize { get; init; }

    /// <summary>The longest sequence in tokens, prompt and answer together. Where the KV cache holds less, that is the limit.</summary>
    public required int ContextLength { get; init; }

    /// <summary>The model's end-of-text and end-of-turn tokens.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>Sequences that hold KV blocks at once; more wait their turn. Default 8.</summary>
    public int MaxSequences { get; init; } = 8;

    /// <summary>The most tokens of one step while nothing decodes. Default 512: enough for a blocked matrix product to run at full speed.</summary>
    public int StepTokens { get; init; } = 512;

    /// <summary>The most tokens of one step while something decodes: it bounds how long a prompt delays the others' next token. Default 128.</summary>
    public int StepTokensWhileDecoding { get; init; } = 128;

    /// <summary>KV blocks of ended sequences are kept while room lasts, and found again by prompts that begin alike. Default on.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(VocabSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ContextLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(StepTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(StepTokensWhileDecoding, 1);
    }
}
