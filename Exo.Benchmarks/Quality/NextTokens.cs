using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Benchmarks.Quality;

/// <summary>A model's odds of every next token at every position of some documents.</summary>
internal sealed class NextTokens
{
    /// <summary>[positions][vocabSize] natural log-probabilities, and the token that came.</summary>
    private readonly List<(float[] Logprobs, int Came)> _positions = [];

    /// <summary>e to the mean of what each token that came was unexpected by.</summary>
    public double Perplexity => Math.Exp(-_positions.Average(position => position.Logprobs[position.Came]));

    public static NextTokens Of(ModelFiles files, IReadOnlyList<int[]> documents)
    {
        using var weights = files.OpenWeights();
        var all = LayerRange.All(files.Spec);
        var longest = documents.Max(document => document.Length);
        using var shard = new CpuBackend().Load(files.Spec, all, files.LoadShard(weights, all), new ShardOptions { KvBlockCount = KvBlock.CountFor(longest) });
        var result = new NextTokens();
        foreach (var document in documents) result.Add(shard, document);
        return result;
    }

    /// <summary>Kullback-Leibler divergence of another model's odds from these, in nats: one a position.</summary>
    public double[] Divergences(NextTokens other) => [.. _positions.Zip(other._positions, (one, two) => Divergence(one.Logprobs, two.Logprobs))];

    /// <summary>The share of positions at which both find the same token likeliest.</summary>
    public double SameBest(NextTokens other) => _positions.Zip(other._positions, (one, two) => Best(one.Logprobs) == Best(two.Logprobs) ? 1.0 : 0.0).Average();

    private void Add(IShard shard, int[] document)
    {
        int[] blocks = [.. Enumerable.Range(0, KvBlock.CountFor(document.Length))];
        var slice = new SequenceSlice { SequenceId = 0, StartPosition = 0, TokenCount = document.Length, Blocks = blocks, PromptTopLogprobs = shard.Spec.VocabSize };
        var rows = shard.Forward(new StepInput { TokenIds = document, Slices = [slice] }).Slices[0].PromptLogprobs;
        for (var i = 0; i + 1 < document.Length; i++)
        {
            var logprobs = new float[shard.Spec.VocabSize];
            foreach (TokenLogprob token in rows[i]) logprobs[token.TokenId] = token.Logprob;
            _positions.Add((logprobs, document[i + 1]));
        }
    }

    private static double Divergence(float[] one, float[] two)
    {
        var sum = 0.0;
        for (var id = 0; id < one.Length; id++) sum += Math.Exp(one[id]) * (one[id] - (double)two[id]);
        return Math.Max(0, sum);
    }

    private static int Best(float[] logprobs) => Array.IndexOf(logprobs, logprobs.Max());
}
