namespace Exo.Engine.Models;

/// <summary>
/// Rotary frequencies in radians a position, [dimensions / 2], in double: the formulas of transformers'
/// modeling_rope_utils.py, shared by every format that names them.
/// </summary>
internal static class RopeFrequencies
{
    /// <summary>theta^(−2i / dimensions). Su et al. 2021.</summary>
    public static double[] Plain(double theta, int dimensions) =>
        [.. Enumerable.Range(0, dimensions / 2).Select(i => Math.Pow(theta, -2.0 * i / dimensions))];

    /// <summary>Position interpolation: all of them over the factor. Chen et al. 2023.</summary>
    public static double[] Linear(double[] plain, double factor) => Array.ConvertAll(plain, frequency => frequency / factor);

    /// <summary>
    /// Llama 3.1: waves longer than original / low are slowed by the factor, those shorter than original / high are left, the ones
    /// between are blended.
    /// </summary>
    public static double[] Llama3(double[] plain, double factor, double low, double high, double original) => Array.ConvertAll(plain, frequency =>
    {
        var turns = original * frequency / (2 * Math.PI); // over the original context
        if (turns > high) return frequency;
        if (turns < low) return frequency / factor;
        var kept = (turns - low) / (high - low);
        return (1 - kept) * frequency / factor + kept * frequency;
    });

    /// <summary>
    /// YaRN: dimensions that turn more than <paramref name="fast"/> times over the original context are left, those that turn less
    /// than <paramref name="slow"/> times are slowed by the factor, a linear ramp over the dimensions lies between. Peng et al. 2023.
    /// </summary>
    public static double[] Yarn(double[] plain, double theta, double factor, double fast, double slow, double original, bool truncate)
    {
        var dimensions = 2 * plain.Length;
        double low = DimensionOf(fast), high = DimensionOf(slow);
        if (truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, dimensions - 1));
        if (low == high) high += 0.001;
        return [.. plain.Select((frequency, i) =>
        {
            var slowed = Math.Clamp((i - low) / (high - low), 0, 1);
            return frequency / factor * slowed + frequency * (1 - slowed);
        })];

        double DimensionOf(double turns) => dimensions * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    /// <summary>YaRN's factor on the rotated elements, 0.1 · ln(factor) + 1, or the ratio of two such where both scales are given (DeepSeek).</summary>
    public static double YarnMagnitude(double factor, double? scale, double? scaleOfAll)
    {
        return scale is { } one && scaleOfAll is { } all ? Of(one) / Of(all) : Of(1);

        double Of(double weight) => factor <= 1 ? 1 : 0.1 * weight * Math.Log(factor) + 1;
    }
}
