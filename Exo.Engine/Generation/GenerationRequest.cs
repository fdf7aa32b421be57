namespace Exo.Engine.Generation;

/// <summary>What is to be generated. For one backend, a request and its seed fix the tokens.</summary>
public sealed record GenerationRequest
{
    /// <summary>The prompt's token ids, special ones included. Never empty; never cut: one longer than the context is an error.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>
    /// The answer's first tokens, where they are known from an answer that broke off: it begins again with the same first events, without
    /// computing these tokens one by one. Their log-probabilities are not known again: they read 0.
    /// </summary>
    public IReadOnlyList<int> Known { get; init; } = [];

    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>
    /// The most tokens to generate. Null: up to the end of the context. 0 only runs the prompt, which is how its
    /// log-probabilities are had and how a prefix is put into the cache.
    /// </summary>
    public int? MaxTokens { get; init; }

    /// <summary>Texts that end the answer wherever they begin or end within tokens; they are not part of it.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>Tokens that end the answer, beside the model's own end-of-text and end-of-turn tokens; not part of its text.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>The model's own end-of-text and end-of-turn tokens don't end the answer.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Special tokens leave no text.</summary>
    public bool SkipSpecialTokens { get; init; } = true;

    /// <summary>How many of the likeliest tokens to report with each generated one.</summary>
    public int TopLogprobs { get; init; }

    /// <summary>How many of the likeliest next tokens to report for each position of the prompt. Above 0 the prefix cache is not used.</summary>
    public int PromptTopLogprobs { get; init; }

    /// <summary>Beside them the token that does follow in the prompt is reported: last, where it is not among the likeliest.</summary>
    public bool PromptOwnLogprobs { get; init; }
}
