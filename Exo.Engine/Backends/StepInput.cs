using Exo.Engine.Generation;

namespace Exo.Engine.Backends;

/// <summary>
/// One batch for one pass through the layers: the slices' tokens lie one after the other. Whoever makes steps may use one object over
/// and over: nothing of it is to be kept once its output is there.
/// </summary>
public sealed record StepInput
{
    public required IReadOnlyList<SequenceSlice> Slices { get; set; }

    /// <summary>[tokens]: the slices' token ids, in their order.</summary>
    public required ReadOnlyMemory<int> TokenIds { get; set; }

    /// <summary>[tokens, hiddenSize], what the range before returned; empty on the first shard.</summary>
    public ReadOnlyMemory<float> Hidden { get; init; }

    /// <summary>An output that nobody reads any more: a last shard in this process may fill it in anew instead of allocating one.</summary>
    public StepOutput? Spent { get; init; }
}

/// <summary>Consecutive tokens of one sequence within a step; used over and over like the step itself.</summary>
public sealed record SequenceSlice
{
    public required long SequenceId { get; set; }

    /// <summary>Position of the first token; everything before it is in the KV blocks already.</summary>
    public required int StartPosition { get; set; }

    public required int TokenCount { get; set; }

    /// <summary>The KV blocks of positions 0, 32, 64, …; they cover StartPosition + TokenCount positions.</summary>
    public required ReadOnlyMemory<int> Blocks { get; set; }

    /// <summary>What the last shard samples after the slice's last token; null in the middle of a prompt.</summary>
    public SampleRequest? Sample { get; set; }

    /// <summary>At every position of the slice, the likeliest next tokens are reported: this many. 0 asks for none.</summary>
    public int PromptTopLogprobs { get; set; }

    /// <summary>
    /// The prompt's tokens that follow each position of the slice, to be reported beside the likeliest; empty where not asked for. One
    /// shorter than the slice at the prompt's end.
    /// </summary>
    public ReadOnlyMemory<int> PromptNext { get; set; }
}

/// <summary>What came of a step.</summary>
public sealed record StepOutput
{
    private readonly Stack<SliceOutput> _unused = new();

    /// <summary>[tokens, hiddenSize]; empty after the last shard. The caller's own: later steps leave it as it is.</summary>
    public ReadOnlyMemory<float> Hidden { get; init; }

    /// <summary>One entry a slice on the last shard, empty before it.</summary>
    public IReadOnlyList<SliceOutput> Slices { get; init; } = [];

    /// <summary>An output whose entries are filled in anew for each step: a list that stays the same object.</summary>
    internal static StepOutput Reusable() => new() { Slices = new List<SliceOutput>() };

    /// <summary>The entries of a <see cref="Reusable"/> output, as many as asked for; what they held is to be overwritten.</summary>
    internal IReadOnlyList<SliceOutput> Renew(int count)
    {
        var slices = (List<SliceOutput>)Slices;
        while (_unused.Count + slices.Count < count) _unused.Push(new SliceOutput { SequenceId = 0 });
        while (slices.Count < count) slices.Add(_unused.Pop());
        for (; slices.Count > count; slices.RemoveAt(slices.Count - 1)) _unused.Push(slices[^1]);
        return slices;
    }
}

/// <summary>What the last shard made of one slice.</summary>
public sealed record SliceOutput
{
    public required long SequenceId { get; set; }

    /// <summary>The token after the slice's last one, where one was asked for.</summary>
    public TokenChoice? Choice { get; set; }

    /// <summary>One entry a position of the slice, where prompt log-probabilities were asked for: what may follow that position, best first, the prompt's own next token last where it was asked for and isn't among them.</summary>
    public IReadOnlyList<IReadOnlyList<TokenLogprob>> PromptLogprobs { get; set; } = [];
}
