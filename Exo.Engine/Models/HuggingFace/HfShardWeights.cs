using Exo.Engine.Weights;

namespace Exo.Engine.Models.HuggingFace;

/// <summary>Looks up a range's tensors by their Hugging Face names, once, and holds their shapes against the spec.</summary>
internal sealed class HfShardWeights
{
    /// <summary>What stands before "layers.0.…": usual, bare, and where the language model is part of a larger one.</summary>
    private static readonly string[] Prefixes = ["model.", "", "language_model.model.", "model.language_model."];

    private readonly IWeightSource _source;
    private readonly DecoderSpec _spec;
    private readonly string _prefix;

    private HfShardWeights(IWeightSource source, DecoderSpec spec, LayerRange range)
    {
        _source = source;
        _spec = spec;
        _prefix = Prefixes.FirstOrDefault(prefix => source.Names.Contains($"{prefix}layers.{range.Start}.input_layernorm.weight"))
            ?? Prefixes.FirstOrDefault(prefix => source.Names.Contains($"{prefix}embed_tokens.weight"))
            ?? Prefixes[0];
    }

    /// <summary>The tensors of a range; the source must outlive them.</summary>
    /// <exception cref="InvalidModelException">A tensor is missing, has another shape than the spec says, or a type the engine does not run.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is not one of the spec's.</exception>
    public static ShardWeights Load(IWeightSource source, DecoderSpec spec, LayerRange layers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layers.Start);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(layers.End, layers.Start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(layers.End, spec.Layers.Count);
        return new HfShardWeights(source, spec, layers).Load(layers);
    }

    private ShardWeights Load(LayerRange layers)
    {
        var isLast = layers.IsLast(_spec);
        var embedding = layers.IsFirst || (isLast && _spec.TiedHead) ? FindEmbedding() : null;
        return new ShardWeights
        {
            Embedding = embedding,
            Layers = [.. Enumerable.Range(layers.Start, layers.Count).Select(LoadLayer)],
            FinalNorm = isLast ? Get(_prefix + "norm.weight", _spec.HiddenSize) : null,
            Head = !isLast ? null : _spec.TiedHead ? embedding : FindHead(),
        };
    }

    private LayerWeights LoadLayer(int index)
    {
        var layer = _spec.Layers[index];
        var attention = layer.Attention;
        var (hidden, queries, keys) = (_spec.HiddenSize, attention.Heads * attention.HeadSize, attention.KvHeads * attention.HeadSize);
        var at = $"{_prefix}layers.{index}.";
        return new LayerWeights
        {
            AttentionNorm = Get(at + "input_layernorm.weight", hidden),
            Query = Get(at + "self_attn.q_proj.weight", queries, hidden),
            Key = Get(at + "self_attn.k_proj.weight", keys, hidden),
            Value = Get(at + "self_attn.v_proj.weight", keys, hidden),
            Output = Get(at + "self_attn.o_proj.weight", hidden, queries),
            QueryBias = GetIf(attention.QueryKeyValueBias, at + "self_attn.q_proj.bias", queries),
            KeyBias = GetIf(attention.QueryKeyValueBias, at + "self_attn.k_proj.bias", keys),
            ValueBias = GetIf(attention.QueryKeyValueBias, at + "self_attn.v_proj.bias", keys),
            OutputBias = GetIf(attention.OutputBias, at + "self_attn.o_proj.bias", hidden),
            QueryNorm = GetIf(attention.QueryKeyNorm, at + "self_attn.q_norm.weight", attention.HeadSize),
            KeyNorm = GetIf(attention.QueryKeyNorm, at + "self_attn.k_norm.weight", attention.HeadSize),
            // Where the blocks' outputs are normed too, "post_attention" means just that; elsewhere it is the next block's input norm.
            PostAttentionNorm = GetIf(layer.PostNorms, at + "post_attention_layernorm.weight", hidden),
            FeedForwardNorm = Get(at + (layer.PostNorms ? "pre_feedforward_layernorm.weight" : "post_attention_layernorm.weight"), hidden),
            PostFeedForwardNorm = GetIf(layer.PostNorms, at + "post_feedforward_layernorm.weight", hidden),
            Router = layer.FeedForward.Experts is { } experts ? Get(at + "mlp.gate.weight", experts.Count, hidden) : null,
            FeedForward = LoadFeedForward(layer.FeedForward, at + "mlp."),
        };
    }

    private FeedForwardWeights[] LoadFeedForward(FeedForwardSpec spec, string at) => spec.Experts is { } experts
        ? [.. Enumerable.Range(0, experts.Count).Select(expert => LoadGated(spec, $"{at}experts.{expert}."))]
        : [LoadGated(spec, at)];

    private FeedForwardWeights LoadGated(FeedForwardSpec spec, string at) => new()
    {
        Gate = Get(at + "gate_proj.weight", spec.IntermediateSize, _spec.HiddenSize),
        Up = Get(at + "up_proj.weight", spec.IntermediateSize, _spec.HiddenSize),
        Down = Get(at + "down_proj.weight", _spec.HiddenSize, spec.IntermediateSize),
        GateBias = GetIf(spec.Bias, at + "gate_proj.bias", spec.IntermediateSize),
        UpBias = GetIf(spec.Bias, at + "up_proj.bias", spec.IntermediateSize),
        DownBias = GetIf(spec.Bias, at + "down_proj.bias", _spec.HiddenSize),
    };

    /// <summary>The embedding; some tied checkpoints keep only the head's name for it.</summary>
    private Tensor FindEmbedding()
    {
        var name = _prefix + "embed_tokens.weight";
        if (_spec.TiedHead && _source.Find(name) is null && HeadName() is { } head) name = head;
        return Get(name, _spec.VocabSize, _spec.HiddenSize);
    }

    private Tensor FindHead() => HeadName() is { } name
        ? Get(name, _spec.VocabSize, _spec.HiddenSize)
        : throw new InvalidModelException(_source.FileOf("lm_head.weight"), "lm_head.weight", "is missing, and the config does not tie the head to the embedding");

    private string? HeadName() =>
        new[] { "lm_head.weight", "language_model.lm_head.weight", _prefix + "lm_head.weight" }.FirstOrDefault(name => _source.Find(name) is not null);

    private Tensor? GetIf(bool needed, string name, params ReadOnlySpan<int> shape) => needed ? Get(name, shape) : null;

    private Tensor Get(string name, params ReadOnlySpan<int> shape)
    {
        var tensor = _source.Find(name) ?? throw new InvalidModelException(_source.FileOf(name), name, "is missing");
        if (tensor.Shape.SequenceEqual(shape.ToArray())) return tensor;
        throw new InvalidModelException(_source.FileOf(name), name, $"has shape [{string.Join(", ", tensor.Shape)}], the config wants [{string.Join(", ", shape.ToArray())}]");
    }
}
