using Exo.Engine.Backends;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>The end of the last shard: final norm, logits of the tokens somebody asks about, and sampling. Logits never leave it.</summary>
internal sealed unsafe class HeadPass : ComputeJob, IDisposable
{
    /// <summary>Tokens whose logits are held at once: 16 × 150,000 floats are 10 MB.</summary>
    private const int ChunkTokens = 16;

    private readonly DecoderSpec _spec;
    private readonly ComputeThreads _threads;
    private readonly LinearJob _linear;
    private readonly CpuVector _norm;
    private readonly CpuMatrix _head;
    private readonly NativeBuffer _normed = new(), _logits = new();
    private readonly List<Wanted> _wanted = [];
    private TokenChoice?[] _choices = [];
    private IReadOnlyList<TokenLogprob>[] _tops = [];
    private int _chunkStart;

    public HeadPass(DecoderSpec spec, ComputeThreads threads, ThreadScratch scratch, MatrixLoader loader, ShardWeights weights)
    {
        (_spec, _threads) = (spec, threads);
        _linear = new LinearJob(threads, scratch);
        _norm = new CpuVector(weights.FinalNorm!, spec.NormAddsOne);
        _head = loader.Load(weights.Head!);
    }

    /// <summary>One output a slice, in their order.</summary>
    /// <param name="spent">An output to be filled in anew, where there is one.</param>
    public StepOutput Run(StepState state, StepOutput? spent)
    {
        Collect(state);
        if (_choices.Length < _wanted.Count) (_choices, _tops) = (new TokenChoice?[_wanted.Count], new IReadOnlyList<TokenLogprob>[_wanted.Count]);
        var normed = _normed.Reserve((long)ChunkTokens * _spec.HiddenSize);
        var logits = _logits.Reserve((long)Math.Min(ChunkTokens, Math.Max(1, _wanted.Count)) * _spec.VocabSize);
        for (_chunkStart = 0; _chunkStart < _wanted.Count; _chunkStart += ChunkTokens)
        {
            var count = Math.Min(ChunkTokens, _wanted.Count - _chunkStart);
            for (var i = 0; i < count; i++)
                RmsNorm.Apply(state.Hidden + (long)_wanted[_chunkStart + i].Token * _spec.HiddenSize, _norm.Data, normed + (long)i * _spec.HiddenSize, _spec.HiddenSize, _spec.NormEpsilon);
            _linear.Add(_head, null, logits, _spec.VocabSize);
            _linear.Run(new Activations(normed, count, _spec.HiddenSize));
            _threads.Run(this, count);
        }

        return Outputs(state, spent ?? StepOutput.Reusable());
    }

    /// <summary>Caps one token's logits and samples from them.</summary>
    public override void Execute(int item, int thread)
    {
        var wanted = _wanted[_chunkStart + item];
        var logits = _logits.Data + (long)item * _spec.VocabSize;
        if (_spec.LogitSoftCap is { } cap) SoftCap.Apply(logits, _spec.VocabSize, cap);
        var span = new ReadOnlySpan<float>(logits, _spec.VocabSize);
        _choices[_chunkStart + item] = wanted.Sample is null ? null : Sampler.Sample(span, wanted.Sample);
        _tops[_chunkStart + item] = wanted.Top == 0 ? [] : Sampler.TopLogprobs(span, wanted.Top, wanted.Also);
    }

    public void Dispose()
    {
        _linear.Dispose();
        _norm.Dispose();
        _head.Dispose();
        _normed.Dispose();
        _logits.Dispose();
    }

    private void Collect(StepState state)
    {
        _wanted.Clear();
        var token = 0;
        for (var index = 0; index < state.Slices.Count; index++)
        {
            var slice = state.Slices[index];
            for (var i = 0; i < slice.TokenCount; i++, token++)
            {
                var sample = i == slice.TokenCount - 1 ? slice.Sample : null;
                if (sample is not null || slice.PromptTopLogprobs > 0) _wanted.Add(new Wanted(token, sample, slice.PromptTopLogprobs, i < slice.PromptNext.Length ? slice.PromptNext.Span[i] : null));
            }
        }
    }

    private StepOutput Outputs(StepState state, StepOutput output)
    {
        var outputs = output.Renew(state.Slices.Count);
        var next = 0;
        for (var i = 0; i < outputs.Count; i++)
        {
            var slice = state.Slices[i];
            var count = slice.PromptTopLogprobs > 0 ? slice.TokenCount : slice.Sample is null ? 0 : 1;
            outputs[i].SequenceId = slice.SequenceId;
            outputs[i].Choice = count > 0 ? _choices[next + count - 1] : null;
            outputs[i].PromptLogprobs = slice.PromptTopLogprobs > 0 ? _tops.AsSpan(next, count).ToArray() : [];
            next += count;
        }

        return output;
    }

    /// <summary>A token of the step whose logits are needed.</summary>
    private readonly record struct Wanted(int Token, SampleRequest? Sample, int Top, int? Also);
}
