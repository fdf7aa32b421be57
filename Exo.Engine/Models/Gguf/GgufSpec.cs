using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Models.Gguf;

/// <summary>
/// Reads a GGUF model's keys into a <see cref="DecoderSpec"/>, as llama.cpp understands them: which tensors there are tells of biases,
/// experts and a tied head.
/// </summary>
internal sealed class GgufSpec
{
    /// <summary>Larger than any model there is, small enough that products of two fit an int or a long.</summary>
    public const int MaxSize = 1 << 20, MaxContext = 1 << 30;

    private const int MaxLayers = 4096, MaxHeadSize = 1 << 16, MaxVocabSize = 1 << 24;

    private readonly GgufKeys _keys;
    private readonly GgufFamily _family;
    private readonly GgufSource _weights;
    private readonly int _layers, _hiddenSize;
    private readonly int[] _heads, _kvHeads;
    private readonly int _headSize;

    private GgufSpec(GgufKeys keys, GgufFamily family, GgufSource weights)
    {
        (_keys, _family, _weights) = (keys, family, weights);
        _layers = keys.RequiredInt("block_count", 1, MaxLayers);
        _hiddenSize = keys.RequiredInt("embedding_length", 1, MaxSize);
        _heads = keys.PerLayer("attention.head_count", _layers, 1, MaxSize) ?? throw keys.Bad("attention.head_count", "is missing");
        _kvHeads = keys.PerLayer("attention.head_count_kv", _layers, 1, MaxSize) ?? _heads;
        _headSize = ReadHeadSize();
    }

    /// <exception cref="InvalidModelException">A value is missing or bad, or the architecture is not supported.</exception>
    public static DecoderSpec Read(GgufMetadata metadata, GgufSource weights)
    {
        const string Key = "general.architecture";
        var architecture = metadata.Text(Key) ?? throw new InvalidModelException(metadata.Path, Key, "is missing: the file holds no model");
        var family = GgufFamily.Named(architecture)
            ?? throw new InvalidModelException(metadata.Path, Key, $"\"{architecture}\" is not supported. Supported: {GgufFamily.Supported}");
        return new GgufSpec(new GgufKeys(metadata, architecture), family, weights).ToSpec();
    }

    private DecoderSpec ToSpec()
    {
        var (full, contextLength) = GgufRope.ReadFull(_keys, _family, _weights, _headSize, _keys.RequiredInt("context_length", 1, MaxContext));
        var local = GgufRope.ReadLocal(_keys, _family, full);
        var windows = ReadWindows();
        var intermediate = _keys.PerLayer("feed_forward_length", _layers, 0, MaxSize);
        return new DecoderSpec
        {
            Architecture = _family.ModelType,
            HiddenSize = _hiddenSize,
            VocabSize = ReadVocabSize(),
            ContextLength = contextLength,
            Layers = [.. Enumerable.Range(0, _layers).Select(layer => new LayerSpec
            {
                Attention = ReadAttention(layer, windows[layer], full, local),
                FeedForward = ReadFeedForward(layer, intermediate?[layer]),
                PostNorms = _family.Gemma,
            })],
            NormEpsilon = (float)(_keys.Real("attention.layer_norm_rms_epsilon", 0, 1) ?? throw _keys.Bad("attention.layer_norm_rms_epsilon", "is missing")),
            EmbeddingScale = _family.Gemma ? MathF.Sqrt(_hiddenSize) : 1f,
            TiedHead = !_weights.Has("output.weight"),
            LogitSoftCap = ReadSoftCap("final_logit_softcapping", _family.LogitSoftCap),
        };
    }

    private AttentionSpec ReadAttention(int layer, int? window, RopeSpec full, RopeSpec local)
    {
        var (heads, kvHeads) = (_heads[layer], _kvHeads[layer]);
        if (heads % kvHeads != 0) throw _keys.Bad("attention.head_count_kv", $"{kvHeads} does not divide the {heads} attention heads");
        if ((long)heads * _headSize > int.MaxValue) throw _keys.Bad("attention.key_length", $"{_headSize} times {heads} heads is beyond {int.MaxValue}");
        var scaledSize = _family.WideScaleLayers == _layers ? _hiddenSize / heads : _headSize;
        return new AttentionSpec
        {
            Heads = heads,
            KvHeads = kvHeads,
            HeadSize = _headSize,
            Scale = (float)(1 / Math.Sqrt(Math.Max(1, scaledSize))),
            Rope = window is null ? full : local,
            SlidingWindow = window,
            ScoreSoftCap = ReadSoftCap("attn_logit_softcapping", _family.ScoreSoftCap),
            QueryKeyNorm = _family.QueryKeyNorm,
            QueryKeyValueBias = _weights.Has(GgufNames.Layer(layer, "attn_q.bias")),
            OutputBias = _weights.Has(GgufNames.Layer(layer, "attn_output.bias")),
        };
    }

    private FeedForwardSpec ReadFeedForward(int layer, int? intermediate)
    {
        var dense = new FeedForwardSpec
        {
            IntermediateSize = intermediate ?? 0,
            Activation = _family.Gemma ? Activation.GeluTanh : Activation.Silu,
            Bias = _weights.Has(GgufNames.Layer(layer, "ffn_gate.bias")),
        };
        var count = _keys.Int("expert_count", 0, ushort.MaxValue) ?? 0;
        if (count == 0 || !_weights.Has(GgufNames.Layer(layer, "ffn_gate_inp.weight")))
            return intermediate is > 0 ? dense : throw _keys.Bad("feed_forward_length", intermediate is null ? "is missing" : $"is {intermediate}");
        var expertSize = _keys.Int("expert_feed_forward_length", 0, MaxSize) is > 0 and var own ? own : intermediate ?? 0;
        return dense with
        {
            IntermediateSize = expertSize > 0 ? expertSize : throw _keys.Bad("expert_feed_forward_length", "is missing"),
            Experts = new ExpertSpec
            {
                Count = count,
                ActiveCount = _keys.RequiredInt("expert_used_count", 1, count),
                NormalizeWeights = true, // fixed in llama.cpp for these families
            },
        };
    }

    /// <summary>[layers]: the positions a query sees, itself included, or null for all.</summary>
    private int?[] ReadWindows()
    {
        var window = _keys.Int("attention.sliding_window", 0, MaxContext) ?? _family.Window;
        var windows = new int?[_layers];
        // Of the families without a pattern only llama's (Mistral's) have used one; llama.cpp knows none in the others.
        if (window is null or 0 || (_family.WindowPattern == 0 && _family.Architecture != "llama")) return windows;
        for (var layer = 0; layer < _layers; layer++)
            if (_family.WindowPattern == 0 || (layer + 1) % _family.WindowPattern != 0) windows[layer] = window;
        return windows;
    }

    private int ReadHeadSize()
    {
        var size = _keys.Int("attention.key_length", 1, MaxHeadSize) ?? _hiddenSize / _heads[0];
        if (size == 0 || size % 2 != 0 || size > MaxHeadSize) throw _keys.Bad("attention.key_length", $"is {size}; rotary positions need an even head size up to {MaxHeadSize}");
        var values = _keys.Int("attention.value_length", 1, MaxHeadSize) ?? size;
        return values == size ? size : throw _keys.Bad("attention.value_length", $"is {values}; values of another size than the keys' {size} are not supported");
    }

    private int ReadVocabSize()
    {
        var embedding = _weights.Find(GgufNames.Embedding) ?? throw new InvalidModelException(_weights.FileOf(GgufNames.Embedding), GgufNames.Embedding, "is missing");
        return embedding.Shape.ToArray() is [>= 1 and <= MaxVocabSize and var rows, _]
            ? rows
            : throw new InvalidModelException(_weights.FileOf(GgufNames.Embedding), GgufNames.Embedding, $"has shape [{string.Join(", ", embedding.Shape)}]; 1 to {MaxVocabSize} rows are needed");
    }

    private float? ReadSoftCap(string key, float? absent) => !_family.Gemma ? null : _keys.Has(key) ? (float?)_keys.RealOrZero(key, 1e6) : absent;
}
