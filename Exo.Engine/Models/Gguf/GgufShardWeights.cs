using Exo.Engine.Weights;

namespace Exo.Engine.Models.Gguf;

/// <summary>Looks up a range's tensors by their GGUF names, once, and holds their shapes against the spec. Experts are views into their stack.</summary>
internal sealed class GgufShardWeights
{
    private readonly IWeightSource _source;
    private readonly DecoderSpec _spec;

    private GgufShardWeights(IWeightSource source, DecoderSpec spec) => (_source, _spec) = (source, spec);

    /// <summary>The tensors of a range; the source must outlive them.</summary>
    /// <exception cref="InvalidModelException">A tensor is missing, has another shape than the spec says, or a type the engine does not run.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is not one of the spec's.</exception>
    public static ShardWeights Load(IWeightSource source, DecoderSpec spec, LayerRange layers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layers.Start);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(layers.End, layers.Start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(layers.End, spec.Layers.Count);
        return new GgufShardWeights(source, spec).Load(layers);
    }

    private ShardWeights Load(LayerRange layers)
    {
        var isLast = layers.IsLast(_spec);
        var embedding = layers.IsFirst || (isLast && _spec.TiedHead) ? Get(GgufNames.Embedding, _spec.VocabSize, _spec.HiddenSize) : null;
        return new ShardWeights
        {
            Embedding = embedding,
            Layers = [.. Enumerable.Range(layers.Start, layers.Count).Select(LoadLayer)],
            FinalNorm = isLast ? Get(GgufNames.FinalNorm, _spec.HiddenSize) : null,
            Head = !isLast ? null : _spec.TiedHead ? embedding : Get(GgufNames.Head, _spec.VocabSize, _spec.HiddenSize),
        };
    }

    private LayerWeights LoadLayer(int index)
    {
        var layer = _spec.Layers[index];
        var attention = layer.Attention;
        var (hidden, queries, keys) = (_spec.HiddenSize, attention.Heads * attention.HeadSize, attention.KvHeads * attention.HeadSize);
        return new LayerWeights
        {
            AttentionNorm = Get(Name("attn_norm.weight"), hidden),
            Query = Get(Name("attn_q.weight"), queries, hidden),
            Key = Get(Name("attn_k.weight"), keys, hidden),
            Value = Get(Name("attn_v.weight"), keys, hidden),
            Output = Get(Name("attn_output.weight"), hidden, queries),
            QueryBias = GetIf(attention.QueryKeyValueBias, Name("attn_q.bias"), queries),
            KeyBias = GetIf(attention.QueryKeyValueBias, Name("attn_k.bias"), keys),
            ValueBias = GetIf(attention.QueryKeyValueBias, Name("attn_v.bias"), keys),
            OutputBias = GetIf(attention.OutputBias, Name("attn_output.bias"), hidden),
            QueryNorm = GetIf(attention.QueryKeyNorm, Name("attn_q_norm.weight"), attention.HeadSize),
            KeyNorm = GetIf(attention.QueryKeyNorm, Name("attn_k_norm.weight"), attention.HeadSize),
            PostAttentionNorm = GetIf(layer.PostNorms, Name("post_attention_norm.weight"), hidden),
            FeedForwardNorm = Get(Name("ffn_norm.weight"), hidden),
            PostFeedForwardNorm = GetIf(layer.PostNorms, Name("post_ffw_norm.weight"), hidden),
            Router = layer.FeedForward.Experts is { } experts ? Get(Name("ffn_gate_inp.weight"), experts.Count, hidden) : null,
            FeedForward = layer.FeedForward.Experts is { } some ? LoadExperts(layer.FeedForward, some.Count, index) : [LoadGated(layer.FeedForward, index)],
        };

        string Name(string part) => GgufNames.Layer(index, part);
    }

    private FeedForwardWeights LoadGated(FeedForwardSpec spec, int layer)
    {
        var (hidden, wide) = (_spec.HiddenSize, spec.IntermediateSize);
        return new FeedForwardWeights
        {
            Gate = Get(GgufNames.Layer(layer, "ffn_gate.weight"), wide, hidden),
            Up = Get(GgufNames.Layer(layer, "ffn_up.weight"), wide, hidden),
            Down = Get(GgufNames.Layer(layer, "ffn_down.weight"), hidden, wide),
            GateBias = GetIf(spec.Bias, GgufNames.Layer(layer, "ffn_gate.bias"), wide),
            UpBias = GetIf(spec.Bias, GgufNames.Layer(layer, "ffn_up.bias"), wide),
            DownBias = GetIf(spec.Bias, GgufNames.Layer(layer, "ffn_down.bias"), hidden),
        };
    }

    private FeedForwardWeights[] LoadExperts(FeedForwardSpec spec, int count, int layer)
    {
        var (hidden, wide) = (_spec.HiddenSize, spec.IntermediateSize);
        var gates = Get(GgufNames.Layer(layer, "ffn_gate_exps.weight"), count, wide, hidden);
        var ups = Get(GgufNames.Layer(layer, "ffn_up_exps.weight"), count, wide, hidden);
        var downs = Get(GgufNames.Layer(layer, "ffn_down_exps.weight"), count, hidden, wide);
        return [.. Enumerable.Range(0, count).Select(expert => new FeedForwardWeights { Gate = gates.Slice(expert), Up = ups.Slice(expert), Down = downs.Slice(expert) })];
    }

    private Tensor? GetIf(bool needed, string name, params ReadOnlySpan<int> shape) => needed ? Get(name, shape) : null;

    private Tensor Get(string name, params ReadOnlySpan<int> shape)
    {
        var tensor = _source.Find(name) ?? throw new InvalidModelException(_source.FileOf(name), name, "is missing");
        if (tensor.Shape.SequenceEqual(shape.ToArray())) return tensor;
        throw new InvalidModelException(_source.FileOf(name), name, $"has shape [{string.Join(", ", tensor.Shape)}], the file's keys want [{string.Join(", ", shape.ToArray())}]");
    }
}
