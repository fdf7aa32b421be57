namespace Exo.Engine.Models.HuggingFace;

/// <summary>The feed-forward blocks of a config.json: dense ones, and mixtures of experts with the layers they stand in.</summary>
internal static class HfFeedForward
{
    /// <summary>[layers]</summary>
    /// <exception cref="InvalidModelException">A value is bad.</exception>
    public static IReadOnlyList<FeedForwardSpec> Read(ConfigObject config, HfFamily family, int layers)
    {
        var dense = ReadDense(config, family);
        if (!family.Experts || ReadSparse(config, dense) is not { } sparse) return [.. Enumerable.Repeat(dense, layers)];
        var isSparse = ReadSparseLayers(config);
        return [.. Enumerable.Range(0, layers).Select(layer => isSparse(layer) ? sparse : dense)];
    }

    private static FeedForwardSpec ReadDense(ConfigObject config, HfFamily family) => new()
    {
        IntermediateSize = config.Int("intermediate_size", 1, HfConfig.MaxSize) ?? family.IntermediateSize,
        Activation = ReadActivation(config, family),
        Bias = family.ReadsFeedForwardBias && config.Flag("mlp_bias") == true,
    };

    /// <summary>The mixture of experts, or null where there are none.</summary>
    private static FeedForwardSpec? ReadSparse(ConfigObject config, FeedForwardSpec dense)
    {
        var count = config.Int("num_experts", 0, ushort.MaxValue) ?? config.Int("num_local_experts", 0, ushort.MaxValue) ?? 128;
        if (count == 0) return null;
        return dense with
        {
            IntermediateSize = config.Int("moe_intermediate_size", 1, HfConfig.MaxSize) ?? 768,
            Experts = new ExpertSpec
            {
                Count = count,
                ActiveCount = config.Int("num_experts_per_tok", 1, count) ?? Math.Min(8, count),
                NormalizeWeights = config.Flag("norm_topk_prob") ?? false,
            },
        };
    }

    private static Func<int, bool> ReadSparseLayers(ConfigObject config)
    {
        var step = config.Int("decoder_sparse_step", 1, HfConfig.MaxLayers) ?? 1;
        var dense = (config.Ids("mlp_only_layers") ?? []).ToHashSet();
        return layer => (layer + 1) % step == 0 && !dense.Contains(layer);
    }

    private static Activation ReadActivation(ConfigObject config, HfFamily family)
    {
        var key = family.Gemma ? "hidden_activation" : "hidden_act";
        return (config.Text(key) ?? (family.Gemma ? "gelu_pytorch_tanh" : "silu")) switch
        {
            "silu" or "swish" => Activation.Silu,
            "gelu_pytorch_tanh" or "gelu_new" or "gelu_fast" => Activation.GeluTanh,
            var other => throw config.Bad(key, $"\"{other}\" is not supported. Supported: silu, gelu_pytorch_tanh"),
        };
    }
}
