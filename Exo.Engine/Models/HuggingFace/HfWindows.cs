namespace Exo.Engine.Models.HuggingFace;

/// <summary>Which layers have a sliding window, and how wide it is.</summary>
internal static class HfWindows
{
    /// <summary>[layers]: the positions a query sees, itself included, or null for all.</summary>
    /// <exception cref="InvalidModelException">A value is bad.</exception>
    public static IReadOnlyList<int?> Read(ConfigObject config, HfFamily family, int layers)
    {
        var window = ReadWindow(config, family);
        var slides = ReadTypes(config, family, layers) ?? ByRule(config, family);
        return [.. Enumerable.Range(0, layers).Select(layer => slides(layer) ? window : null)];
    }

    /// <summary>A key that is absent means 4096, an explicit null none: as in transformers.</summary>
    private static int? ReadWindow(ConfigObject config, HfFamily family)
    {
        if (family.Window == WindowRule.Never) return null;
        if (family.Window is WindowRule.EveryLayerIfUsed or WindowRule.LaterLayersIfUsed && config.Flag("use_sliding_window") != true) return null;
        return config.Has("sliding_window") ? config.Int("sliding_window", 1, 1 << 30) : 4096;
    }

    private static Func<int, bool>? ReadTypes(ConfigObject config, HfFamily family, int layers)
    {
        if (family.Window is not (WindowRule.LaterLayersIfUsed or WindowRule.Pattern) || config.Texts("layer_types") is not { } types) return null;
        if (types.Count != layers) throw config.Bad("layer_types", $"names {types.Count} layers; there are {layers}");
        if (types.FirstOrDefault(type => type is not ("full_attention" or "sliding_attention")) is { } unknown)
            throw config.Bad("layer_types", $"\"{unknown}\" is not supported. Supported: full_attention, sliding_attention");
        return layer => types[layer] == "sliding_attention";
    }

    private static Func<int, bool> ByRule(ConfigObject config, HfFamily family)
    {
        switch (family.Window)
        {
            case WindowRule.LaterLayersIfUsed:
                var first = config.Int("max_window_layers", 0, int.MaxValue) ?? 28;
                return layer => layer >= first;
            case WindowRule.Pattern:
                // Gemma 2 knows no such key; its pattern is fixed.
                var pattern = family.LocalRope ? config.Int("sliding_window_pattern", 1, int.MaxValue) ?? family.WindowPattern : family.WindowPattern;
                return layer => (layer + 1) % pattern != 0;
            default:
                return _ => true;
        }
    }
}
