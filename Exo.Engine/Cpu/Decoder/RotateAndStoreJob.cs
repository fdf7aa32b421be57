using Exo.Engine.Backends;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Models;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>Norms (where the model does) and rotates each token's queries and keys, and stores its keys and values in their KV blocks.</summary>
internal sealed unsafe class RotateAndStoreJob(ComputeThreads threads, StepState state, float epsilon) : TokenJob(threads)
{
    private CpuLayer? _layer;
    private KvCache? _cache;

    public void Run(CpuLayer layer, KvCache cache)
    {
        (_layer, _cache) = (layer, cache);
        RunTokens(state.Tokens);
    }

    protected override void ExecuteToken(int token)
    {
        var attention = _layer!.Spec.Attention;
        var headSize = attention.HeadSize;
        var half = attention.Rope.Dimensions / 2;
        var cosines = state.Rotation(attention.Rope, token);

        var query = state.Query + (long)token * attention.Heads * headSize;
        for (var head = 0; head < attention.Heads; head++, query += headSize)
        {
            if (_layer.QueryNorm is { } norm) RmsNorm.Apply(query, norm.Data, query, headSize, epsilon);
            Rotate(attention.Rope, query, cosines, half);
        }

        var position = state.Positions[token];
        var block = state.Slices[state.SliceOf[token]].Blocks.Span[position / KvBlock.TokenCount];
        var key = state.Key + (long)token * attention.KvHeads * headSize;
        var value = state.Value + (long)token * attention.KvHeads * headSize;
        for (var head = 0; head < attention.KvHeads; head++, key += headSize, value += headSize)
        {
            if (_layer.KeyNorm is { } norm) RmsNorm.Apply(key, norm.Data, key, headSize, epsilon);
            Rotate(attention.Rope, key, cosines, half);
            _cache!.Store(block, position % KvBlock.TokenCount, head, key, value);
        }
    }

    /// <param name="head">[headSize]</param>
    /// <param name="rotation">[2 · half]: cosines, then sines.</param>
    private static void Rotate(RopeSpec rope, float* head, float* rotation, int half)
    {
        if (rope.Interleaved) Rotary.ApplyInterleaved(head, rotation, rotation + half, half);
        else Rotary.Apply(head, rotation, rotation + half, half);
    }
}
