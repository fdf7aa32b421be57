using Exo.Engine.Generation;

namespace Exo.Engine.Backends;

/// <summary>One batch for one pass through the layers: the slices' tokens lie one after the other.</summary>
public sealed record StepInput
{
    public required IReadOnlyList<SequenceSlice> Slices { get; init; }

    /// <summary>[tokens]: the slices' token ids, in their order.</summary>
    public required ReadOnlyMemory<int> TokenIds { get; init; }

    /// <summary>[tokens, hiddenSize], what the range before returned; empty on the first shard.</summary>
    public ReadOnlyMemory<float> Hidden { get; init; }
}

/// <summary>Consecutive tokens of one sequence within a step.</summary>
public sealed record SequenceSlice
{
    public required long SequenceId { get; init; }

    /// <summary>Position of the first token; everything before it is in the KV blocks already.</summary>
    public required int StartPosition { get; init; }

    public required int TokenCount { get; init; }

    /// <summary>The KV blocks of positions 0, 32, 64, …; they cover StartPosition + TokenCount positions.</summary>
    public required ReadOnlyMemory<int> Blocks { get; init; }

    /// <summary>What the last shard samples after the slice's last token; null in the middle of a prompt.</summary>
    public SampleRequest? Sample { get; init; }

    /// <summary>At every position of the slice, the likeliest next tokens are reported: this many. 0 asks for none.</summary>
    public int PromptTopLogprobs { get; init; }

    /// <summary>
    /// The prompt's tokens that follow each position of the slice, to be reported beside the likeliest; empty where not asked for. One
    /// shorter than the slice at the prompt's end.
    /// </summary>
    public ReadOnlyMemory<int> PromptNext { get; init; }
}

/// <summary>What came of a step.</summary>
public sealed record StepOutput
{
    /// <summary>[tokens, hiddenSize]; empty after the last shard. The caller's own: later steps leave it as it is.</summary>
    public ReadOnlyMemory<float> Hidden { get; init; }

    /// <summary>One entry a slice on the last shard, empty before it.</summary>
    public IReadOnlyList<SliceOutput> Slices { get; init; } = [];
}

/// <summary>What the last shard made of one slice.</summary>
public sealed record SliceOutput
{
    public required long SequenceId { get; init; }

    /// <summary>The token after the slice's last one, where one was asked for.</summary>
    public TokenChoice? Choice { get; init; }

    /// <summary>One entry a position of the slice, where prompt log-probabilities were asked for: what may follow that position, best first, the prompt's own next token last where it was asked for and isn't among them.</summary>
    public IReadOnlyList<IReadOnlyList<TokenLogprob>> PromptLogprobs { get; init; } = [];
}
