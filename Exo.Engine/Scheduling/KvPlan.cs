using Exo.Engine.Backends;
using Exo.Engine.Models;

namespace Exo.Engine.Scheduling;

/// <summary>How large a KV cache is made: room for all sequences at full length where memory has it, less otherwise.</summary>
/// <param name="ContextLength">The longest sequence in tokens.</param>
/// <param name="BlockCount">Blocks of <see cref="KvBlock.TokenCount"/> positions. Memory is touched only as they are used.</param>
internal readonly record struct KvPlan(int ContextLength, int BlockCount)
{
    /// <summary>The least a model is loaded with, whatever memory there is: 256 tokens.</summary>
    private const int FewestBlocks = 8;

    /// <param name="spec">The model.</param>
    /// <param name="weights">All of its layers.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="budget">Bytes that keys and values may take.</param>
    /// <exception cref="ArgumentException">The context asked for is not to be had; the message does the sum.</exception>
    public static KvPlan For(DecoderSpec spec, ShardWeights weights, LoadOptions options, long budget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxSequences, 1);
        if (options.ContextLength is < 1) throw new ArgumentOutOfRangeException(nameof(options), options.ContextLength, "The context must be at least 1 token.");
        if (options.ContextLength > spec.ContextLength)
            throw new ArgumentException($"A context of {options.ContextLength} tokens is asked for; the model was made for {spec.ContextLength}.", nameof(options));

        var context = options.ContextLength ?? spec.ContextLength;
        var blockByteCount = BlockByteCount(spec, weights, options.KvType);
        var affordable = (int)Math.Clamp(budget / blockByteCount, FewestBlocks, int.MaxValue / KvBlock.TokenCount);
        var perSequence = KvBlock.CountFor(context);
        if (perSequence > affordable)
        {
            if (options.ContextLength is not null)
            {
                throw new ArgumentException(
                    $"A context of {context} tokens needs {Mebibytes(perSequence * blockByteCount)} MiB for keys and values; {Mebibytes(budget)} MiB are to be had. "
                    + $"Ask for at most {affordable * KvBlock.TokenCount} tokens.", nameof(options));
            }

            context = affordable * KvBlock.TokenCount;
            perSequence = affordable;
        }

        return new KvPlan(context, (int)Math.Min((long)perSequence * options.MaxSequences, affordable));
    }

    /// <summary>Bytes of one block over all layers.</summary>
    public static long BlockByteCount(DecoderSpec spec, ShardWeights weights, KvType type)
    {
        var elements = 0L;
        for (var i = 0; i < spec.Layers.Count; i++)
        {
            var attention = spec.Layers[i].Attention;
            var elementSize = KvTypes.Resolve(type, spec, weights.Layers[i].Key.Type) == KvType.F32 ? sizeof(float) : sizeof(ushort);
            elements += 2L * attention.KvHeads * attention.HeadSize * elementSize;
        }

        return elements * KvBlock.TokenCount;
    }

    private static long Mebibytes(long byteCount) => byteCount >> 20;
}
