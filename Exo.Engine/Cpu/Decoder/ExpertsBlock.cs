using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Models;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>
/// A mixture of experts: the router scores all experts for each token, the best few compute it, weighted by their softmax. Tokens are
/// gathered expert by expert, and each token adds its experts' outputs in ascending order of the expert's number, whatever the batch.
/// </summary>
internal sealed unsafe class ExpertsBlock(DecoderSpec spec, LinearJob linear, GateJob gate) : IDisposable
{
    private readonly NativeBuffer _scores = new(), _inputs = new(), _gated = new(), _outputs = new();
    private float[] _weights = [];

    /// <summary>output[token] (+)= Σ weight · expert(input[token]).</summary>
    /// <param name="input">[tokens, hiddenSize]</param>
    /// <param name="output">[tokens, hiddenSize], added to</param>
    public void Run(CpuLayer layer, float* input, float* output, int tokens)
    {
        var block = layer.Spec.FeedForward;
        var experts = block.Experts!;
        Route(layer, experts, input, tokens);
        var hiddenSize = spec.HiddenSize;
        var inputs = _inputs.Reserve((long)tokens * hiddenSize);
        var gated = _gated.Reserve((long)tokens * block.IntermediateSize);
        var outputs = _outputs.Reserve((long)tokens * hiddenSize);

        for (var expert = 0; expert < experts.Count; expert++)
        {
            // 1. Gather the tokens that chose this expert.
            var count = 0;
            for (var token = 0; token < tokens; token++)
            {
                if (_weights[token * experts.Count + expert] == 0f) continue;
                Copy(input + (long)token * hiddenSize, inputs + (long)count++ * hiddenSize, hiddenSize);
            }

            if (count == 0) continue;

            // 2. Run the expert on them.
            var weights = layer.FeedForward[expert];
            gate.Run(weights, block.Activation, new Activations(inputs, count, hiddenSize), gated, block.IntermediateSize);
            linear.Add(weights.Down, weights.DownBias is null ? null : weights.DownBias.Data, outputs, hiddenSize);
            linear.Run(new Activations(gated, count, block.IntermediateSize));

            // 3. Add the weighted outputs to their tokens.
            var row = outputs;
            for (var token = 0; token < tokens; token++)
            {
                var weight = _weights[token * experts.Count + expert];
                if (weight == 0f) continue;
                var target = output + (long)token * hiddenSize;
                for (var i = 0; i < hiddenSize; i++) target[i] += weight * row[i];
                row += hiddenSize;
            }
        }
    }

    public void Dispose()
    {
        foreach (var buffer in (NativeBuffer[])[_scores, _inputs, _gated, _outputs]) buffer.Dispose();
    }

    private static void Copy(float* source, float* destination, int count) => new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(destination, count));

    /// <summary>Fills _weights[token, expert]: the softmax weight of a chosen expert, 0 for the others.</summary>
    private void Route(CpuLayer layer, ExpertSpec experts, float* input, int tokens)
    {
        var scores = _scores.Reserve((long)tokens * experts.Count);
        linear.Add(layer.Router!, null, scores, experts.Count);
        linear.Run(new Activations(input, tokens, spec.HiddenSize));
        if (_weights.Length < tokens * experts.Count) _weights = new float[tokens * experts.Count];
        for (var token = 0; token < tokens; token++)
            Choose(new ReadOnlySpan<float>(scores + (long)token * experts.Count, experts.Count), experts, _weights.AsSpan(token * experts.Count, experts.Count));
    }

    /// <summary>Softmax over all experts, then the likeliest few (the lower number among equals), scaled to sum to one where the model says so.</summary>
    private static void Choose(ReadOnlySpan<float> scores, ExpertSpec experts, Span<float> weights)
    {
        var largest = scores[0];
        foreach (var score in scores) largest = MathF.Max(largest, score);
        var sum = 0f;
        Span<float> probabilities = stackalloc float[scores.Length];
        for (var i = 0; i < scores.Length; i++) sum += probabilities[i] = Exponential.Exp(scores[i] - largest);

        weights.Clear();
        var chosen = 0f;
        for (var n = 0; n < experts.ActiveCount; n++)
        {
            var best = -1;
            for (var i = 0; i < scores.Length; i++)
                if (weights[i] == 0f && (best < 0 || probabilities[i] > probabilities[best])) best = i;
            weights[best] = MathF.Max(probabilities[best] / sum, float.Epsilon);
            chosen += weights[best];
        }

        if (!experts.NormalizeWeights) return;
        for (var i = 0; i < weights.Length; i++) weights[i] /= chosen;
    }
}
