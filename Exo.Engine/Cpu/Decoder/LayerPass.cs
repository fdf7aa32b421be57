using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Models;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>Runs a step's tokens through one layer: x += attention(norm(x)); x += feedForward(norm(x)).</summary>
internal sealed unsafe class LayerPass : IDisposable
{
    private readonly DecoderSpec _spec;
    private readonly StepState _state;
    private readonly LinearJob _linear;
    private readonly NormJob _norm;
    private readonly RotateAndStoreJob _rotateAndStore;
    private readonly AttentionJob _attention;
    private readonly GateJob _gate;
    private readonly ExpertsBlock _experts;

    public LayerPass(DecoderSpec spec, ComputeThreads threads, ThreadScratch scratch, StepState state)
    {
        (_spec, _state) = (spec, state);
        _linear = new LinearJob(threads, scratch);
        _norm = new NormJob(threads, spec.NormEpsilon);
        _rotateAndStore = new RotateAndStoreJob(threads, state, spec.NormEpsilon);
        _attention = new AttentionJob(threads, scratch, state);
        _gate = new GateJob(threads, scratch);
        _experts = new ExpertsBlock(spec, _linear, _gate);
    }

    /// <summary>Takes in a step that <see cref="StepState.Begin"/> has taken in.</summary>
    public void Begin() => _attention.Begin();

    public void Run(CpuLayer layer, KvCache cache)
    {
        Attend(layer, cache);
        FeedForward(layer);
    }

    public void Dispose()
    {
        _linear.Dispose();
        _gate.Dispose();
        _attention.Dispose();
        _experts.Dispose();
    }

    private void Attend(CpuLayer layer, KvCache cache)
    {
        var attention = layer.Spec.Attention;
        var (tokens, hiddenSize) = (_state.Tokens, _spec.HiddenSize);
        var (queries, keys) = (attention.Heads * attention.HeadSize, attention.KvHeads * attention.HeadSize);

        _norm.Run(_state.Hidden, layer.AttentionNorm, _state.Normed, tokens);
        _linear.Add(layer.Query, Data(layer.QueryBias), _state.Query, queries);
        _linear.Add(layer.Key, Data(layer.KeyBias), _state.Key, keys);
        _linear.Add(layer.Value, Data(layer.ValueBias), _state.Value, keys);
        _linear.Run(new Activations(_state.Normed, tokens, hiddenSize));
        _rotateAndStore.Run(layer, cache);
        _attention.Run(layer, cache);
        Project(layer.Output, layer.OutputBias, new Activations(_state.Attended, tokens, queries), layer.PostAttentionNorm);
    }

    private void FeedForward(CpuLayer layer)
    {
        var (tokens, hiddenSize) = (_state.Tokens, _spec.HiddenSize);
        var block = layer.Spec.FeedForward;
        _norm.Run(_state.Hidden, layer.FeedForwardNorm, _state.Normed, tokens);
        if (block.Experts is null)
        {
            var dense = layer.FeedForward[0];
            _gate.Run(dense, block.Activation, new Activations(_state.Normed, tokens, hiddenSize), _state.Gated, block.IntermediateSize);
            Project(dense.Down, dense.DownBias, new Activations(_state.Gated, tokens, block.IntermediateSize), layer.PostFeedForwardNorm);
            return;
        }

        if (layer.PostFeedForwardNorm is null)
        {
            _experts.Run(layer, _state.Normed, _state.Hidden, tokens);
            return;
        }

        new Span<float>(_state.Projected, checked(tokens * hiddenSize)).Clear();
        _experts.Run(layer, _state.Normed, _state.Projected, tokens);
        _norm.Run(_state.Projected, layer.PostFeedForwardNorm, _state.Hidden, tokens, accumulate: true);
    }

    /// <summary>hidden += matrix · input, through the post norm where there is one.</summary>
    private void Project(CpuMatrix matrix, CpuVector? bias, in Activations input, CpuVector? postNorm)
    {
        _linear.Add(matrix, Data(bias), postNorm is null ? _state.Hidden : _state.Projected, _spec.HiddenSize, accumulate: postNorm is null);
        _linear.Run(input);
        if (postNorm is not null) _norm.Run(_state.Projected, postNorm, _state.Hidden, _state.Tokens, accumulate: true);
    }

    private static float* Data(CpuVector? vector) => vector is null ? null : vector.Data;
}
