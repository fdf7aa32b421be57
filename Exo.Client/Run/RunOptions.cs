using Exo.Api;

namespace Exo.Client.Run;

/// <summary>What `exo run` was asked for.</summary>
internal sealed record RunOptions
{
    public required string Model { get; init; }

    /// <summary>The words after the model, joined by spaces; null where there are none.</summary>
    public string? Prompt { get; init; }

    /// <summary>The prompt as token ids.</summary>
    public IReadOnlyList<int>? PromptIds { get; init; }

    public string? System { get; init; }

    public SamplingSettings Sampling { get; init; } = new();

    public int? MaxTokens { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    public int? ContextLength { get; init; }

    public int? Threads { get; init; }

    public WeightQuantization? Quantization { get; init; }

    /// <summary>The prompt goes to the model as it is, and only what the model adds comes out.</summary>
    public bool Raw { get; init; }

    public bool Json { get; init; }

    public bool Verbose { get; init; }

    public int TopLogprobs { get; init; }

    public LoadRequest LoadRequest => new() { Model = Model, ContextLength = ContextLength, Threads = Threads, Quantization = Quantization };

    /// <summary>The request without its input.</summary>
    public AnswerRequest AnswerRequest => new()
    {
        Model = Model,
        Sampling = Sampling,
        MaxTokens = MaxTokens,
        Stop = Stop,
        TopLogprobs = TopLogprobs,
        ContextLength = ContextLength,
        Threads = Threads,
        Quantization = Quantization,
    };
}
