using System.Text;
using Exo.Engine.Models;
using Exo.Engine.Models.HuggingFace;

namespace Exo.Tests.Engine.Models;

/// <summary>Spoiled config.json files: an error, or a spec that is sane.</summary>
public sealed class HfConfigMutationTests
{
    /// <summary>4096 layers, the most accepted, take 400 kB; the configs have 1 kB.</summary>
    private const long MaxAllocation = 4_000_000;

    [Theory]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("qwen3_moe")]
    [InlineData("gemma2")]
    [InlineData("gemma3_text")]
    public void ReadSpec_SpoiledConfigs_GiveAnErrorOrASaneSpec(string family)
    {
        var accepted = Mutation.Survive(Encoding.UTF8.GetBytes(HfConfigs.All[family]), 300, MaxAllocation, bytes =>
            AssertSane(HfConfig.ReadSpec(ConfigObject.Parse("config.json", bytes))));

        Assert.InRange(accepted, 1, 250);
    }

    private static void AssertSane(DecoderSpec spec)
    {
        Assert.True(spec is { HiddenSize: > 0, VocabSize: > 0, ContextLength: > 0, NormEpsilon: > 0, EmbeddingScale: > 0 } && spec.Layers.Count is > 0 and <= 4096);
        foreach (var layer in spec.Layers)
        {
            var attention = layer.Attention;
            Assert.True(attention is { KvHeads: > 0, HeadSize: > 0, SlidingWindow: null or > 0 } && float.IsFinite(attention.Scale));
            Assert.Equal(0, attention.Heads % attention.KvHeads);
            Assert.True(attention.Rope.Dimensions % 2 == 0 && attention.Rope.Dimensions <= attention.HeadSize && attention.Rope.Frequencies.Count == attention.Rope.Dimensions / 2);
            Assert.True(attention.Rope.Frequencies.All(float.IsFinite) && float.IsFinite(attention.Rope.Magnitude));
            Assert.True(layer.FeedForward.IntermediateSize > 0 && (layer.FeedForward.Experts is not { } experts || (experts.ActiveCount > 0 && experts.ActiveCount <= experts.Count)));
        }
    }
}
