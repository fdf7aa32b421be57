using Exo.Engine.Backends;
using Exo.Engine.Models;

namespace Exo.Engine.Measuring;

/// <summary>What is to be measured.</summary>
public sealed record BenchmarkSizes
{
    /// <summary>Prompt lengths, in tokens.</summary>
    public IReadOnlyList<int> Prompts { get; init; } = [128, 512, 2048];

    /// <summary>Tokens in the cache when decoding begins.</summary>
    public IReadOnlyList<int> Contexts { get; init; } = [0, 512, 4096];

    /// <summary>Sequences that decode side by side.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [1, 4, 8];

    /// <summary>Repetitions of a row at the most; the median counts.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>The most time a row takes, warm-up and limits included; one repetition is made whatever it takes.</summary>
    public TimeSpan RowTime { get; init; } = TimeSpan.FromSeconds(8);
}

/// <summary>A row of the table.</summary>
/// <param name="Prompt">Tokens of a prefill; 0 for decoding.</param>
/// <param name="Context">Tokens in the cache when decoding begins; 0 for a prefill.</param>
public readonly record struct BenchmarkRow(int Prompt, int Context, int Batch)
{
    public bool IsPrefill => Prompt > 0;
}

/// <summary>A row that is not measured, and why.</summary>
public readonly record struct LeftOutRow(BenchmarkRow Row, string Reason);

/// <summary>Which rows a model and a machine allow.</summary>
internal sealed record BenchmarkPlan(IReadOnlyList<BenchmarkRow> Rows, IReadOnlyList<LeftOutRow> LeftOut)
{
    /// <summary>Tokens that one run of decoding makes, where the model's context has room for them.</summary>
    public const int DecodeTokens = 16;

    /// <param name="sizes">What was asked for.</param>
    /// <param name="spec">The model.</param>
    /// <param name="blockLimit">KV blocks there is memory for.</param>
    public static BenchmarkPlan For(BenchmarkSizes sizes, DecoderSpec spec, long blockLimit)
    {
        var all = sizes.Prompts.Select(prompt => new BenchmarkRow(prompt, 0, 1))
            .Concat(sizes.Batches.SelectMany(batch => sizes.Contexts.Select(context => new BenchmarkRow(0, context, batch))));
        var (rows, leftOut) = (new List<BenchmarkRow>(), new List<LeftOutRow>());
        foreach (var row in all.Distinct())
        {
            if (Problem(row, spec, blockLimit) is { } problem) leftOut.Add(new LeftOutRow(row, problem));
            else rows.Add(row);
        }

        return new BenchmarkPlan(rows, leftOut);
    }

    /// <summary>KV blocks that the largest row takes.</summary>
    public int BlockCount => Rows.Count == 0 ? 0 : Rows.Max(BlocksOf);

    private static string? Problem(BenchmarkRow row, DecoderSpec spec, long blockLimit)
    {
        var positions = row.IsPrefill ? row.Prompt : row.Context + DecodeTokens + 1;
        if (positions > spec.ContextLength) return $"the model was made for {spec.ContextLength} tokens";
        return BlocksOf(row) > blockLimit ? "no memory for its keys and values" : null;
    }

    private static int BlocksOf(BenchmarkRow row) => row.IsPrefill ? KvBlock.CountFor(row.Prompt) : ShardBenchmark.BlockCount(row.Context, row.Batch, DecodeTokens);
}
