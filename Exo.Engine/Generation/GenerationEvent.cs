namespace Exo.Engine.Generation;

/// <summary>A piece of an answer as it comes. All pieces' texts together are the text, all pieces' tokens the tokens generated.</summary>
public sealed record GenerationEvent
{
    /// <summary>Whole characters; empty on events that only report.</summary>
    public string Text { get; init; } = "";

    /// <summary>
    /// The tokens whose text is complete with this piece. On the last event also those that left no text: an end-of-text token,
    /// the tokens of a stop string.
    /// </summary>
    public IReadOnlyList<TokenChoice> Tokens { get; init; } = [];

    /// <summary>On the first event, where asked for: for each position of the prompt what may follow it, best first; see <see cref="GenerationRequest.PromptOwnLogprobs"/>.</summary>
    public IReadOnlyList<IReadOnlyList<TokenLogprob>>? PromptLogprobs { get; init; }

    /// <summary>On the last event, and only there.</summary>
    public FinishReason? FinishReason { get; init; }

    /// <summary>On the last event, and only there.</summary>
    public GenerationUsage? Usage { get; init; }
}

/// <summary>What a generation took.</summary>
public sealed record GenerationUsage
{
    public required int PromptTokens { get; init; }

    /// <summary>Of the prompt's tokens, those whose keys and values were found in the prefix cache.</summary>
    public required int CachedTokens { get; init; }

    /// <summary>Every token sampled, those without text included.</summary>
    public required int CompletionTokens { get; init; }

    /// <summary>From the request to its first step.</summary>
    public required TimeSpan QueueTime { get; init; }

    /// <summary>From the first step to the first token.</summary>
    public required TimeSpan PrefillTime { get; init; }

    /// <summary>From the first token to the last.</summary>
    public required TimeSpan DecodeTime { get; init; }
}
