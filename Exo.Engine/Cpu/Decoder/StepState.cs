using Exo.Engine.Backends;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Models;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>What one step's tokens are while they pass the layers: where each stands, and the buffers they flow through. Reused from step to step.</summary>
internal sealed unsafe class StepState(DecoderSpec spec) : IDisposable
{
    private readonly Dictionary<RopeSpec, NativeBuffer> _rotations = new(ReferenceEqualityComparer.Instance);
    private readonly NativeBuffer _hidden = new(), _normed = new(), _query = new(), _key = new(), _value = new(), _attended = new(), _projected = new(), _gated = new();
    private int[] _positions = [];
    private int[] _slices = [];

    /// <summary>Tokens in this step.</summary>
    public int Tokens { get; private set; }

    public IReadOnlyList<SequenceSlice> Slices { get; private set; } = [];

    /// <summary>[tokens]: each token's position in its sequence.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Tokens);

    /// <summary>[tokens]: the number of each token's slice.</summary>
    public ReadOnlySpan<int> SliceOf => _slices.AsSpan(0, Tokens);

    /// <summary>[tokens, hiddenSize]: the residual stream.</summary>
    public float* Hidden => _hidden.Data;

    /// <summary>[tokens, hiddenSize]: the normed input of a block.</summary>
    public float* Normed => _normed.Data;

    /// <summary>[tokens, heads · headSize]</summary>
    public float* Query => _query.Data;

    /// <summary>[tokens, kvHeads · headSize]</summary>
    public float* Key => _key.Data;

    /// <summary>[tokens, kvHeads · headSize]</summary>
    public float* Value => _value.Data;

    /// <summary>[tokens, heads · headSize]</summary>
    public float* Attended => _attended.Data;

    /// <summary>[tokens, hiddenSize]: a block's output before its post norm.</summary>
    public float* Projected => _projected.Data;

    /// <summary>[tokens, intermediateSize]</summary>
    public float* Gated => _gated.Data;

    /// <summary>Takes in a step: positions, rotations and room for every buffer.</summary>
    public void Begin(StepInput step, CpuLayer[] layers)
    {
        Slices = step.Slices;
        Tokens = step.TokenIds.Length;
        if (_positions.Length < Tokens) (_positions, _slices) = (new int[Tokens], new int[Tokens]);
        var token = 0;
        for (var slice = 0; slice < Slices.Count; slice++)
        {
            for (var i = 0; i < Slices[slice].TokenCount; i++, token++)
                (_positions[token], _slices[token]) = (Slices[slice].StartPosition + i, slice);
        }

        long tokens = Tokens;
        int queries = 0, keys = 0, gates = 0;
        foreach (var layer in layers)
        {
            var attention = layer.Spec.Attention;
            queries = Math.Max(queries, attention.Heads * attention.HeadSize);
            keys = Math.Max(keys, attention.KvHeads * attention.HeadSize);
            gates = Math.Max(gates, layer.Spec.FeedForward.IntermediateSize);
        }

        foreach (var buffer in (ReadOnlySpan<NativeBuffer>)[_hidden, _normed, _projected]) buffer.Reserve(tokens * spec.HiddenSize);
        _query.Reserve(tokens * queries);
        _attended.Reserve(tokens * queries);
        _key.Reserve(tokens * keys);
        _value.Reserve(tokens * keys);
        _gated.Reserve(tokens * gates);
        foreach (var (rope, rotation) in _rotations) Turn(rope, rotation);
    }

    /// <summary>Prepares room for a layer's rotation; once, at load.</summary>
    public void Register(RopeSpec rope) => _rotations.TryAdd(rope, new NativeBuffer());

    /// <summary>One token's cosines [dimensions / 2] and, behind them, its sines [dimensions / 2].</summary>
    public float* Rotation(RopeSpec rope, int token) => _rotations[rope].Data + (long)token * rope.Dimensions;

    public void Dispose()
    {
        foreach (var buffer in (NativeBuffer[])[_hidden, _normed, _query, _key, _value, _attended, _projected, _gated, .. _rotations.Values]) buffer.Dispose();
    }

    private void Turn(RopeSpec rope, NativeBuffer rotation)
    {
        var half = rope.Dimensions / 2;
        var data = rotation.Reserve((long)Tokens * rope.Dimensions);
        for (var token = 0; token < Tokens; token++, data += rope.Dimensions)
        {
            for (var i = 0; i < half; i++)
            {
                var (sine, cosine) = Math.SinCos(_positions[token] * (double)rope.Frequencies[i]);
                data[i] = (float)cosine * rope.Magnitude;
                data[half + i] = (float)sine * rope.Magnitude;
            }
        }
    }
}
