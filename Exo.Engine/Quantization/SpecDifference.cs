using Exo.Engine.Models;

namespace Exo.Engine.Quantization;

/// <summary>Whether two specs compute the same, whatever order their heads' elements lie in.</summary>
internal static class SpecDifference
{
    /// <summary>Frequencies that went through another format's floats may differ in the last bits.</summary>
    private const double FrequencyTolerance = 1e-6;

    /// <summary>The first thing that differs, in words, or null.</summary>
    public static string? Find(DecoderSpec expected, DecoderSpec actual)
    {
        if (expected.Layers.Count != actual.Layers.Count) return "number of layers";
        if ((expected.HiddenSize, expected.VocabSize, expected.TiedHead) != (actual.HiddenSize, actual.VocabSize, actual.TiedHead)) return "shapes";
        if (expected.NormEpsilon != actual.NormEpsilon) return "norm's epsilon";
        if (expected.EmbeddingScale != actual.EmbeddingScale) return "embedding scale";
        if (expected.LogitSoftCap != actual.LogitSoftCap) return "logit soft cap";
        if (expected.ContextLength != actual.ContextLength) return $"context length {expected.ContextLength}";
        for (var i = 0; i < expected.Layers.Count; i++)
            if (Find(expected.Layers[i], actual.Layers[i]) is { } difference) return $"{difference} in layer {i}";
        return null;
    }

    private static string? Find(LayerSpec expected, LayerSpec actual)
    {
        var (one, other) = (expected.Attention, actual.Attention);
        if (expected.PostNorms != actual.PostNorms) return "post norms";
        if (expected.FeedForward != actual.FeedForward) return "feed-forward block";
        if (one.SlidingWindow != other.SlidingWindow) return "sliding window";
        if (one.ScoreSoftCap != other.ScoreSoftCap) return "score soft cap";
        if (Math.Abs((one.Scale / (double)other.Scale) - 1) > FrequencyTolerance) return "query scale";
        if (one with { Rope = other.Rope, Scale = other.Scale } != other) return "attention";
        return SameRope(one.Rope, other.Rope) ? null : "rotary positions";
    }

    private static bool SameRope(RopeSpec one, RopeSpec other) =>
        one.Dimensions == other.Dimensions && Math.Abs(one.Magnitude - other.Magnitude) <= FrequencyTolerance
        && one.Frequencies.Zip(other.Frequencies).All(pair => Math.Abs((pair.First / (double)pair.Second) - 1) <= FrequencyTolerance);
}
