namespace Exo.Engine.Models.HuggingFace;

/// <summary>
/// Reads the rotary positions of a config.json: rope_theta with rope_scaling (older) or rope_parameters (newer, possibly one
/// object for each kind of layer). Formulas: <see cref="RopeFrequencies"/>.
/// </summary>
internal static class HfRope
{
    private const string Supported = "default, linear, dynamic, llama3, yarn";

    /// <summary>The rotation of full layers or of those with a sliding window, and the context it was made for.</summary>
    /// <exception cref="InvalidModelException">A value is bad, or the scaling is not supported.</exception>
    public static (RopeSpec Rope, int ContextLength) Read(ConfigObject config, HfFamily family, int headSize, int contextLength, bool sliding)
    {
        var local = sliding && family.LocalRope;
        var scaling = ReadScaling(config, local, sliding);
        var theta = scaling?.Number("rope_theta", 1, 1e15)
            ?? (local ? config.Number("rope_local_base_freq", 1, 1e15) ?? 10_000 : config.Number("rope_theta", 1, 1e15) ?? family.RopeTheta);
        var dimensions = ReadDimensions(config, scaling, headSize);
        var plain = RopeFrequencies.Plain(theta, dimensions);
        var origin = new RopeOrigin { Theta = theta };
        var type = scaling?.Text("rope_type") ?? scaling?.Text("type") ?? "default";
        switch (type)
        {
            case "default":
                return (Spec(dimensions, plain, origin), contextLength);
            case "linear":
                return (Spec(dimensions, RopeFrequencies.Linear(plain, Factor(scaling!)), origin with { Scaling = RopeScaling.Linear, Factor = Factor(scaling!) }), contextLength);
            case "dynamic":
                // It changes nothing up to the length the model was trained for, and longer contexts are not offered.
                return (Spec(dimensions, plain, origin), Math.Min(contextLength, OriginalContext(scaling!) ?? contextLength));
            case "llama3":
                return (ReadLlama3(scaling!, dimensions, plain, origin), contextLength);
            case "yarn":
                return ReadYarn(scaling!, dimensions, theta, plain, contextLength);
            default:
                throw scaling!.Bad("rope_type", $"\"{type}\" is not supported. Supported: {Supported}");
        }
    }

    private static ConfigObject? ReadScaling(ConfigObject config, bool local, bool sliding)
    {
        var parameters = config.Object("rope_parameters");
        if (parameters is not null && (parameters.HasValue("full_attention") || parameters.HasValue("sliding_attention")))
        {
            var own = parameters.Object(sliding ? "sliding_attention" : "full_attention");
            return local ? own : Scaling(config) ?? own;
        }

        return local ? null : Scaling(config) ?? parameters;
    }

    /// <summary>rope_scaling, where it says anything: it then goes before rope_parameters.</summary>
    private static ConfigObject? Scaling(ConfigObject config) =>
        config.Object("rope_scaling") is { } scaling && (scaling.HasValue("rope_type") || scaling.HasValue("type")) ? scaling : null;

    private static int ReadDimensions(ConfigObject config, ConfigObject? scaling, int headSize)
    {
        var owner = scaling?.HasValue("partial_rotary_factor") == true ? scaling : config;
        var dimensions = (int)(headSize * (owner.Number("partial_rotary_factor", 0, 1) ?? 1));
        return dimensions >= 2 && dimensions % 2 == 0
            ? dimensions
            : throw owner.Bad("partial_rotary_factor", $"leaves {dimensions} of {headSize} elements to rotate; an even number is needed");
    }

    private static RopeSpec ReadLlama3(ConfigObject scaling, int dimensions, double[] plain, RopeOrigin origin)
    {
        var low = scaling.Number("low_freq_factor", 0, 1e6) ?? throw Missing(scaling, "low_freq_factor");
        var high = scaling.Number("high_freq_factor", 0, 1e6) ?? throw Missing(scaling, "high_freq_factor");
        if (high <= low) throw scaling.Bad("high_freq_factor", FormattableString.Invariant($"{high} is not above low_freq_factor {low}"));
        var original = OriginalContext(scaling) ?? throw Missing(scaling, "original_max_position_embeddings");
        return Spec(dimensions, RopeFrequencies.Llama3(plain, Factor(scaling), low, high, original), origin with { Scaling = RopeScaling.Factors });
    }

    private static (RopeSpec Rope, int ContextLength) ReadYarn(ConfigObject scaling, int dimensions, double theta, double[] plain, int contextLength)
    {
        var original = OriginalContext(scaling) ?? contextLength;
        var factor = scaling.HasValue("factor") ? Factor(scaling) : (double)contextLength / original;
        // Some configs write 0 for "as usual".
        var fast = NonZero(scaling, "beta_fast") ?? 32;
        var slow = NonZero(scaling, "beta_slow") ?? 1;
        var frequencies = RopeFrequencies.Yarn(plain, theta, factor, fast, slow, original, scaling.Flag("truncate") ?? true);
        var magnitude = scaling.Number("attention_factor", 0, 1e6)
            ?? RopeFrequencies.YarnMagnitude(factor, NonZero(scaling, "mscale"), NonZero(scaling, "mscale_all_dim"));
        var scaled = OriginalContext(scaling) is { } trained ? (int)Math.Min(trained * factor, 1 << 30) : contextLength;
        var origin = new RopeOrigin { Theta = theta, Scaling = RopeScaling.Yarn, Factor = factor, OriginalContext = original, Fast = fast, Slow = slow };
        return (Spec(dimensions, frequencies, origin) with { Magnitude = (float)magnitude }, Math.Max(contextLength, scaled));
    }

    private static double? NonZero(ConfigObject scaling, string key) => scaling.Number(key, 0, 1e6, orEqual: true) is > 0 and var value ? value : null;

    private static double Factor(ConfigObject scaling) => scaling.Number("factor", 0, 1e6) ?? throw Missing(scaling, "factor");

    private static int? OriginalContext(ConfigObject scaling) => scaling.Int("original_max_position_embeddings", 1, 1 << 30);

    private static InvalidModelException Missing(ConfigObject scaling, string key) => scaling.Bad(key, "is missing");

    private static RopeSpec Spec(int dimensions, double[] frequencies, RopeOrigin origin) =>
        new() { Dimensions = dimensions, Frequencies = Array.ConvertAll(frequencies, frequency => (float)frequency), Origin = origin };
}
