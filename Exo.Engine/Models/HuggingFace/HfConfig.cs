namespace Exo.Engine.Models.HuggingFace;

/// <summary>
/// Reads config.json into a <see cref="DecoderSpec"/>: keys, defaults and meaning are those of huggingface/transformers. It
/// knows nothing of weights.
/// </summary>
internal sealed class HfConfig
{
    public const string FileName = "config.json";

    /// <summary>Larger than any model there is, small enough that products of two fit an int or a long.</summary>
    public const int MaxSize = 1 << 20, MaxLayers = 4096;

    private const int MaxVocabSize = 1 << 24, MaxContext = 1 << 30;

    private readonly ConfigObject _config;
    private readonly HfFamily _family;
    private readonly int _hiddenSize, _heads, _kvHeads, _headSize, _layers, _contextLength;

    private HfConfig(ConfigObject config, HfFamily family)
    {
        _config = config;
        _family = family;
        _hiddenSize = config.Int("hidden_size", 1, MaxSize) ?? family.HiddenSize;
        _layers = config.Int("num_hidden_layers", 1, MaxLayers) ?? family.Layers;
        _heads = config.Int("num_attention_heads", 1, MaxSize) ?? family.Heads;
        _kvHeads = ReadKvHeads();
        _headSize = ReadHeadSize();
        _contextLength = config.Int("max_position_embeddings", 1, MaxContext) ?? family.ContextLength;
    }

    /// <summary>The spec a config.json describes.</summary>
    /// <exception cref="InvalidModelException">The file is missing, a value is bad, or the architecture is not supported.</exception>
    public static DecoderSpec ReadSpec(string file) => ReadSpec(ConfigObject.Load(file));

    /// <exception cref="InvalidModelException">A value is bad, or the architecture is not supported.</exception>
    public static DecoderSpec ReadSpec(ConfigObject config)
    {
        var text = TextConfig(config);
        var family = FamilyOf(text);
        CheckPlain(config);
        CheckPlain(text);
        return new HfConfig(text, family).ToSpec();
    }

    /// <summary>The part that describes the language model: the config itself, or text_config where images are understood too.</summary>
    public static ConfigObject TextConfig(ConfigObject config) =>
        config.Text("model_type") == "gemma3" ? config.Object("text_config") ?? throw config.Bad("text_config", "is missing") : config;

    private static HfFamily FamilyOf(ConfigObject config)
    {
        var type = config.Text("model_type") ?? TypeOfArchitecture(config.Texts("architectures") is [var first, ..] ? first : null);
        return HfFamily.All.FirstOrDefault(family => family.ModelType == type) ?? throw config.Bad(
            "model_type", type is null ? $"is missing. Supported: {HfFamily.Supported}" : $"\"{type}\" is not supported. Supported: {HfFamily.Supported}");
    }

    private static string? TypeOfArchitecture(string? architecture) => architecture switch
    {
        "LlamaForCausalLM" or "LLaMAForCausalLM" => "llama",
        "MistralForCausalLM" => "mistral",
        "Qwen2ForCausalLM" => "qwen2",
        "Qwen3ForCausalLM" => "qwen3",
        "Qwen3MoeForCausalLM" => "qwen3_moe",
        "Gemma2ForCausalLM" => "gemma2",
        "Gemma3ForCausalLM" => "gemma3_text",
        _ => architecture,
    };

    private static void CheckPlain(ConfigObject config)
    {
        if (config.HasValue("quantization_config"))
        {
            var method = config.Object("quantization_config")!.Text("quant_method") ?? "unknown";
            throw config.Bad("quantization_config", $"the weights are quantized by \"{method}\", which is not supported; use the original weights or a GGUF file");
        }

        if (config.Flag("use_bidirectional_attention") == true)
            throw config.Bad("use_bidirectional_attention", "is true: the model embeds text and cannot continue it");
    }

    private DecoderSpec ToSpec()
    {
        var full = HfRope.Read(_config, _family, _headSize, _contextLength, sliding: false);
        var local = HfRope.Read(_config, _family, _headSize, _contextLength, sliding: true);
        return new DecoderSpec
        {
            Architecture = _family.ModelType,
            HiddenSize = _hiddenSize,
            VocabSize = _config.Int("vocab_size", 1, MaxVocabSize) ?? _family.VocabSize,
            ContextLength = full.ContextLength,
            Layers = ReadLayers(full.Rope, local.Rope),
            NormEpsilon = (float)(_config.Number("rms_norm_eps", 0, 1) ?? 1e-6),
            NormAddsOne = _family.Gemma,
            EmbeddingScale = _family.Gemma ? MathF.Sqrt(_hiddenSize) : 1f,
            TiedHead = _config.Flag("tie_word_embeddings") ?? _family.Gemma,
            LogitSoftCap = ReadSoftCap("final_logit_softcapping", _family.LogitSoftCap),
        };
    }

    private List<LayerSpec> ReadLayers(RopeSpec full, RopeSpec local)
    {
        var windows = HfWindows.Read(_config, _family, _layers);
        var attention = ReadAttention(full);
        var feedForward = HfFeedForward.Read(_config, _family, _layers);
        return [.. windows.Select((window, layer) => new LayerSpec
        {
            Attention = window is null ? attention : attention with { Rope = local, SlidingWindow = window },
            FeedForward = feedForward[layer],
            PostNorms = _family.Gemma,
        })];
    }

    private AttentionSpec ReadAttention(RopeSpec rope)
    {
        var bias = _family.Bias == BiasRule.AsConfigured && _config.Flag("attention_bias") == true;
        return new AttentionSpec
        {
            Heads = _heads,
            KvHeads = _kvHeads,
            HeadSize = _headSize,
            Scale = (float)(1 / Math.Sqrt(_family.Gemma ? _config.Number("query_pre_attn_scalar", 0, MaxSize) ?? 256 : _headSize)),
            Rope = rope,
            ScoreSoftCap = ReadSoftCap("attn_logit_softcapping", _family.ScoreSoftCap),
            QueryKeyNorm = _family.QueryKeyNorm,
            QueryKeyValueBias = bias || _family.Bias == BiasRule.QueryKeyValue,
            OutputBias = bias,
        };
    }

    private float? ReadSoftCap(string key, double? absent) =>
        !_family.Gemma ? null : (float?)(_config.Has(key) ? _config.Number(key, 0, 1e6) : absent);

    private int ReadKvHeads()
    {
        // Absent, the family's default holds; an explicit null means as many as heads.
        var kvHeads = _config.Int("num_key_value_heads", 1, MaxSize) ?? (_config.Has("num_key_value_heads") ? _heads : _family.KvHeads ?? _heads);
        if (_heads % kvHeads != 0) throw _config.Bad("num_key_value_heads", $"{kvHeads} does not divide the {_heads} attention heads");
        return kvHeads;
    }

    private int ReadHeadSize()
    {
        var given = _config.Int("head_dim", 1, 1 << 16) ?? _family.HeadSize;
        if (given is null && _hiddenSize % _heads != 0)
            throw _config.Bad("num_attention_heads", $"{_heads} does not divide the hidden size {_hiddenSize}, and there is no head_dim");
        var size = given ?? _hiddenSize / _heads;
        if (size % 2 != 0) throw _config.Bad("head_dim", $"is {size}; rotary positions need an even head size");
        if ((long)size * _heads > int.MaxValue) throw _config.Bad("head_dim", $"{size} times {_heads} heads is beyond {int.MaxValue}");
        return size;
    }
}
