using System.Buffers.Binary;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Models.Gguf;

/// <summary>Reads the rotary positions of a GGUF model. Formulas: <see cref="RopeFrequencies"/>; keys and defaults: llama.cpp's.</summary>
internal static class GgufRope
{
    /// <summary>Divisors of the frequencies (how Llama 3's scaling is stored): [dimensions / 2].</summary>
    public const string FactorsName = "rope_freqs.weight";

    /// <summary>The rotation of full layers, and the context it was made for.</summary>
    /// <exception cref="InvalidModelException">A value is bad, or the scaling is not supported.</exception>
    public static (RopeSpec Rope, int ContextLength) ReadFull(GgufKeys keys, GgufFamily family, GgufSource weights, int headSize, int contextLength)
    {
        var dimensions = ReadDimensions(keys, headSize);
        var theta = keys.Real("rope.freq_base", 1, 1e15) ?? 10_000;
        var frequencies = RopeFrequencies.Plain(theta, dimensions);
        var origin = new RopeOrigin { Theta = theta };
        var magnitude = 1.0;
        var type = keys.Text("rope.scaling.type") ?? "linear";
        var factor = keys.RealOrZero("rope.scaling.factor", 1e6) ?? keys.RealOrZero("rope.scale_linear", 1e6) ?? 1;
        switch (type)
        {
            case "none":
                break;
            case "linear":
                frequencies = RopeFrequencies.Linear(frequencies, factor);
                if (factor != 1) origin = origin with { Scaling = RopeScaling.Linear, Factor = factor };
                break;
            case "yarn":
                var original = keys.Int("rope.scaling.original_context_length", 1, GgufSpec.MaxContext) ?? contextLength;
                var (fast, slow) = (keys.RealOrZero("rope.scaling.yarn_beta_fast", 1e6) ?? 32, keys.RealOrZero("rope.scaling.yarn_beta_slow", 1e6) ?? 1);
                frequencies = RopeFrequencies.Yarn(frequencies, theta, factor, fast, slow, original, truncate: true);
                origin = origin with { Scaling = RopeScaling.Yarn, Factor = factor, OriginalContext = original, Fast = fast, Slow = slow };
                magnitude = RopeFrequencies.YarnMagnitude(factor, null, null)
                    * (keys.RealOrZero("rope.scaling.attn_factor", 1e6) ?? keys.RealOrZero("rope.scaling.yarn_attn_factor", 1e6) ?? 1);
                contextLength = Math.Max(contextLength, (int)Math.Min(original * factor, GgufSpec.MaxContext));
                break;
            default:
                throw keys.Bad("rope.scaling.type", $"\"{type}\" is not supported. Supported: none, linear, yarn");
        }
        if (weights.Find(FactorsName) is { } factors) (frequencies, origin) = (Divide(frequencies, factors, weights), origin with { Scaling = RopeScaling.Factors });
        return (Spec(family, dimensions, frequencies, origin) with { Magnitude = (float)magnitude }, contextLength);
    }

    /// <summary>The rotation of layers with a window.</summary>
    /// <exception cref="InvalidModelException">A value is bad.</exception>
    public static RopeSpec ReadLocal(GgufKeys keys, GgufFamily family, RopeSpec full)
    {
        if (family.LocalRopeTheta is not { } theta) return full;
        theta = keys.Real("rope.freq_base_swa", 1, 1e15) ?? theta;
        return Spec(family, full.Dimensions, RopeFrequencies.Plain(theta, full.Dimensions), new RopeOrigin { Theta = theta });
    }

    private static int ReadDimensions(GgufKeys keys, int headSize)
    {
        var dimensions = keys.Int("rope.dimension_count", 2, headSize) ?? headSize;
        return dimensions % 2 == 0 ? dimensions : throw keys.Bad("rope.dimension_count", $"is {dimensions}; an even number is needed");
    }

    private static unsafe double[] Divide(double[] frequencies, Tensor factors, GgufSource weights)
    {
        var file = weights.FileOf(FactorsName);
        if (factors.Type != DType.F32 || factors.Elements != frequencies.Length)
            throw new InvalidModelException(file, FactorsName, $"has {factors.Elements} elements of {factors.Type}; {frequencies.Length} of F32 are needed");
        var bytes = new ReadOnlySpan<byte>(factors.Data, frequencies.Length * sizeof(float));
        var divided = new double[frequencies.Length];
        for (var i = 0; i < divided.Length; i++)
        {
            var factor = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
            if (!(factor > 0 && float.IsFinite(factor))) throw new InvalidModelException(file, FactorsName, FormattableString.Invariant($"holds {factor}, no divisor"));
            divided[i] = frequencies[i] / factor;
        }
        return divided;
    }

    private static RopeSpec Spec(GgufFamily family, int dimensions, double[] frequencies, RopeOrigin origin) => new()
    {
        Dimensions = dimensions,
        Frequencies = Array.ConvertAll(frequencies, frequency => (float)frequency),
        Interleaved = family.Interleaved,
        Origin = origin,
    };
}
