using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Reference;

/// <summary>What the reference made of a prompt.</summary>
/// <param name="Logits">[tokens][vocabSize]</param>
/// <param name="Hidden">[layers + 1][tokens][hiddenSize]: what enters each layer, and what leaves the last one.</param>
internal sealed record ReferenceOutput(double[][] Logits, double[][][] Hidden);

/// <summary>
/// A decoder in float64, one scalar at a time, without a cache: the spec read as literally as it can be, for fast backends to be
/// held against. Knows no SIMD, no batches, no shards. Formulas: the modeling_*.py of huggingface/transformers.
/// </summary>
internal sealed class ReferenceDecoder(DecoderSpec spec, ShardWeights weights)
{
    private readonly Dictionary<Tensor, double[]> _decoded = [];

    /// <summary>Logits after each token of the prompt.</summary>
    public ReferenceOutput Run(IReadOnlyList<int> tokenIds)
    {
        var x = tokenIds.Select(Embed).ToArray(); // [tokens][hiddenSize]
        var hidden = new List<double[][]> { x };
        for (var i = 0; i < spec.Layers.Count; i++)
        {
            x = Layer(x, spec.Layers[i], weights.Layers[i]);
            hidden.Add(x);
        }

        var logits = Array.ConvertAll(x, row => Array.ConvertAll(Multiply(Norm(row, weights.FinalNorm!), weights.Head!, null), logit => SoftCap(logit, spec.LogitSoftCap)));
        return new ReferenceOutput(logits, [.. hidden]);
    }

    /// <summary>Natural logarithms of the softmax over one position's logits.</summary>
    public static double[] LogSoftmax(double[] logits)
    {
        var max = logits.Max();
        var log = max + Math.Log(logits.Sum(logit => Math.Exp(logit - max)));
        return Array.ConvertAll(logits, logit => logit - log);
    }

    private double[] Embed(int tokenId)
    {
        var table = Values(weights.Embedding!);
        return [.. Enumerable.Range(0, spec.HiddenSize).Select(i => table[((long)tokenId * spec.HiddenSize) + i] * spec.EmbeddingScale)];
    }

    private double[][] Layer(double[][] x, LayerSpec layer, LayerWeights w)
    {
        var attended = Attention(Array.ConvertAll(x, row => Norm(row, w.AttentionNorm)), layer.Attention, w);
        if (layer.PostNorms) attended = Array.ConvertAll(attended, row => Norm(row, w.PostAttentionNorm!));
        x = [.. x.Zip(attended, Add)];

        var fed = Array.ConvertAll(x, row => FeedForward(Norm(row, w.FeedForwardNorm), layer.FeedForward, w));
        if (layer.PostNorms) fed = Array.ConvertAll(fed, row => Norm(row, w.PostFeedForwardNorm!));
        return [.. x.Zip(fed, Add)];
    }

    private double[][] Attention(double[][] x, AttentionSpec attention, LayerWeights w)
    {
        var (tokens, size) = (x.Length, attention.HeadSize);
        var queries = new double[tokens][][]; // [tokens][heads][headSize]
        var keys = new double[tokens][][]; // [tokens][kvHeads][headSize]
        var values = new double[tokens][][];
        for (var t = 0; t < tokens; t++)
        {
            queries[t] = Heads(Multiply(x[t], w.Query, w.QueryBias), size, head => Rotate(HeadNorm(head, w.QueryNorm), t, attention.Rope));
            keys[t] = Heads(Multiply(x[t], w.Key, w.KeyBias), size, head => Rotate(HeadNorm(head, w.KeyNorm), t, attention.Rope));
            values[t] = Heads(Multiply(x[t], w.Value, w.ValueBias), size, head => head);
        }

        var output = new double[tokens][];
        for (var t = 0; t < tokens; t++)
        {
            var mixed = new List<double>(); // [heads · headSize]
            for (var head = 0; head < attention.Heads; head++)
            {
                var shared = head / (attention.Heads / attention.KvHeads);
                var first = attention.SlidingWindow is { } window ? Math.Max(0, t - window + 1) : 0;
                var seen = Enumerable.Range(first, t - first + 1).ToArray();
                var scores = Array.ConvertAll(seen, s => SoftCap(Dot(queries[t][head], keys[s][shared]) * attention.Scale, attention.ScoreSoftCap));
                var shares = Softmax(scores);
                mixed.AddRange(Enumerable.Range(0, size).Select(i => seen.Select((s, n) => shares[n] * values[s][shared][i]).Sum()));
            }

            output[t] = Multiply([.. mixed], w.Output, w.OutputBias);
        }

        return output;
    }

    private double[] FeedForward(double[] x, FeedForwardSpec feedForward, LayerWeights w)
    {
        if (feedForward.Experts is not { } experts) return Gated(x, feedForward, w.FeedForward[0]);

        var odds = Softmax(Multiply(x, w.Router!, null));
        var picked = Enumerable.Range(0, experts.Count).OrderByDescending(expert => odds[expert]).Take(experts.ActiveCount).ToArray(); // stable: the lower one among equals
        var total = experts.NormalizeWeights ? picked.Sum(expert => odds[expert]) : 1;
        return picked.Select(expert => Array.ConvertAll(Gated(x, feedForward, w.FeedForward[expert]), value => value * odds[expert] / total)).Aggregate(Add);
    }

    private double[] Gated(double[] x, FeedForwardSpec feedForward, FeedForwardWeights w)
    {
        var gate = Multiply(x, w.Gate, w.GateBias);
        var up = Multiply(x, w.Up, w.UpBias);
        return Multiply([.. gate.Zip(up, (g, u) => Activate(g, feedForward.Activation) * u)], w.Down, w.DownBias);
    }

    private double[] Norm(double[] x, Tensor weight)
    {
        var scale = 1 / Math.Sqrt((x.Sum(value => value * value) / x.Length) + spec.NormEpsilon);
        return [.. x.Zip(Values(weight), (value, w) => value * scale * (spec.NormAddsOne ? 1 + w : w))];
    }

    private double[] HeadNorm(double[] head, Tensor? weight) => weight is null ? head : Norm(head, weight);

    /// <summary>Turns elements i and i + dimensions/2, or 2i and 2i + 1, by position · frequency[i].</summary>
    private static double[] Rotate(double[] head, int position, RopeSpec rope)
    {
        var rotated = (double[])head.Clone();
        var half = rope.Dimensions / 2;
        for (var i = 0; i < half; i++)
        {
            var (sin, cos) = Math.SinCos(position * (double)rope.Frequencies[i]);
            var (first, second) = rope.Interleaved ? (2 * i, (2 * i) + 1) : (i, i + half);
            rotated[first] = ((head[first] * cos) - (head[second] * sin)) * rope.Magnitude;
            rotated[second] = ((head[second] * cos) + (head[first] * sin)) * rope.Magnitude;
        }

        return rotated;
    }

    /// <summary>weight · x + bias; the weight is [outputSize, inputSize].</summary>
    private double[] Multiply(double[] x, Tensor weight, Tensor? bias)
    {
        var matrix = Values(weight);
        var added = bias is null ? null : Values(bias);
        var output = new double[weight.Rows];
        for (var row = 0; row < output.Length; row++)
        {
            output[row] = added?[row] ?? 0;
            for (var i = 0; i < x.Length; i++) output[row] += matrix[((long)row * x.Length) + i] * x[i];
        }

        return output;
    }

    private static double Activate(double x, Activation activation) => activation switch
    {
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        _ => throw new NotSupportedException($"{activation}"),
    };

    private static double SoftCap(double value, float? cap) => cap is { } limit ? limit * Math.Tanh(value / limit) : value;

    private static double[] Softmax(double[] scores)
    {
        var max = scores.Max();
        var odds = Array.ConvertAll(scores, score => Math.Exp(score - max));
        var sum = odds.Sum();
        return Array.ConvertAll(odds, value => value / sum);
    }

    private static double[][] Heads(double[] row, int size, Func<double[], double[]> each) => [.. row.Chunk(size).Select(each)];

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (one, other) => one + other)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (one, other) => one * other).Sum();

    private double[] Values(Tensor tensor) => _decoded.TryGetValue(tensor, out var values) ? values : _decoded[tensor] = ReferenceTensors.Decode(tensor);
}
