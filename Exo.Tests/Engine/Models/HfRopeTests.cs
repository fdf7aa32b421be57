using Exo.Engine.Models;

namespace Exo.Tests.Engine.Models;

/// <summary>Rotary frequencies against numbers from rope_vectors.py, float64 and written independently.</summary>
public sealed class HfRopeTests
{
    /// <summary>Relative: the engine keeps float32.</summary>
    private const double Tolerance = 2e-7;

    [Fact]
    public void Read_NoScaling_TurnsByThePlainFrequencies() => AssertFrequencies(
        [1, 0.316227766, 0.1, 0.0316227766, 0.01, 0.00316227766, 0.001, 0.000316227766],
        Read(16, 10_000, "null"));

    [Theory]
    [InlineData("""{"type":"linear","factor":4.0}""")]
    [InlineData("""{"rope_type":"linear","factor":4}""")]
    public void Read_Linear_SlowsAllByTheFactor(string scaling) => AssertFrequencies(
        [0.25, 0.0790569415, 0.025, 0.00790569415, 0.0025, 0.000790569415, 0.00025, 7.90569415e-05],
        Read(16, 10_000, scaling));

    [Theory]
    [InlineData("""{"rope_type":"default"}""")]
    [InlineData("""{"type":"default"}""")]
    [InlineData("""{}""")]
    [InlineData("""{"rope_type":"dynamic","factor":2.0}""")]
    public void Read_DefaultAndDynamic_ArePlainWithinTheContext(string scaling) =>
        AssertFrequencies([1, 0.316227766, 0.1, 0.0316227766, 0.01, 0.00316227766, 0.001, 0.000316227766], Read(16, 10_000, scaling));

    [Fact]
    public void Read_Llama3_SlowsTheLongWavesAndBlendsBetween() => AssertFrequencies(
        [
            1, 0.440366603, 0.193922745, 0.0853971003, 0.0376060309, 0.0165604401, 0.00729266474, 0.00321144599, 0.000524846161, 7.78465527e-05,
            3.4281022e-05, 1.50962172e-05, 6.64786987e-06, 2.92749987e-06, 1.28917317e-06, 5.6770881e-07,
        ],
        Read(32, 500_000, """{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}"""));

    [Fact]
    public void Read_Yarn_SlowsTheLongWavesByARamp()
    {
        var rope = Read(32, 1_000_000, """{"type":"yarn","factor":4.0,"original_max_position_embeddings":32768}""");

        AssertFrequencies(
            [
                1, 0.421696503, 0.177827941, 0.0749894209, 0.0316227766, 0.0133352143, 0.00477990126, 0.00165996159, 0.00055, 0.000168678601,
                4.44569853e-05, 1.87473552e-05, 7.90569415e-06, 3.33380358e-06, 1.40585331e-06, 5.92843426e-07,
            ],
            rope);
        Assert.Equal(1.13862944f, rope.Magnitude, 1e-6f);
    }

    [Fact]
    public void Read_YarnWithoutTruncation_KeepsTheRampsBounds() => AssertFrequencies(
        [
            1, 0.474782055, 0.225418, 0.107024421, 0.0508132748, 0.0193350011, 0.00679495949, 0.00209379238, 0.000456483919, 3.83088124e-05,
            1.81883367e-05, 8.63549588e-06, 4.09997848e-06, 1.94659621e-06, 9.2420895e-07, 4.38797825e-07,
        ],
        Read(32, 150_000, """{"rope_type":"yarn","factor":32.0,"original_max_position_embeddings":4096,"beta_fast":32.0,"beta_slow":1.0,"truncate":false}"""));

    [Fact]
    public void Read_YarnWithItsOwnBounds_UsesThem()
    {
        var rope = Read(32, 10_000, """{"rope_type":"yarn","factor":40,"original_max_position_embeddings":4096,"beta_fast":16,"beta_slow":2,"mscale":1.0,"mscale_all_dim":0.707}""");

        AssertFrequencies(
            [
                1, 0.562341325, 0.316227766, 0.177827941, 0.1, 0.0562341325, 0.0316227766, 0.0143151493, 0.0061, 0.0023337165, 0.000695701085,
                4.44569853e-05, 2.5e-05, 1.40585331e-05, 7.90569415e-06, 4.44569853e-06,
            ],
            rope);
        Assert.Equal(1.0857264f, rope.Magnitude, 1e-6f);
    }

    [Theory]
    [InlineData(""","attention_factor":1.25""", 1.25f)]
    [InlineData(""","attention_factor":null,"mscale":0,"mscale_all_dim":0""", 1.13862944f)]
    [InlineData(""","mscale":0.5""", 1.13862944f)]
    [InlineData(""","mscale":1,"mscale_all_dim":1,"beta_fast":0,"beta_slow":null""", 1f)]
    public void Read_YarnMagnitude_IsGivenOrComputed(string more, float expected) => Assert.Equal(
        expected,
        Read(32, 1_000_000, $$"""{"type":"yarn","factor":4.0,"original_max_position_embeddings":32768{{more}}}""").Magnitude,
        1e-6f);

    [Fact]
    public void Read_YarnOrDynamic_SetTheContext()
    {
        // Qwen2.5 as its card recommends: 4 times the 32768 it was trained for.
        Assert.Equal(131072, Spec(("rope_scaling", """{"type":"yarn","factor":4.0,"original_max_position_embeddings":32768}"""), ("max_position_embeddings", "32768")).ContextLength);
        Assert.Equal(131072, Spec(("rope_scaling", """{"type":"yarn","original_max_position_embeddings":32768}"""), ("max_position_embeddings", "131072")).ContextLength);
        Assert.Equal(4096, Spec(("rope_scaling", """{"type":"dynamic","factor":2.0}"""), ("max_position_embeddings", "4096")).ContextLength);
        Assert.Equal(2048, Spec(("rope_scaling", """{"type":"dynamic","factor":2.0,"original_max_position_embeddings":2048}"""), ("max_position_embeddings", "4096")).ContextLength);
    }

    [Fact]
    public void Read_RopeParameters_AreTheNewerSpelling()
    {
        var rope = Spec(("rope_theta", "-"), ("rope_scaling", "-"), ("rope_parameters", """{"rope_type":"linear","factor":4,"rope_theta":10000.0}""")).Layers[0].Attention.Rope;

        AssertFrequencies([0.25, 0.0790569415, 0.025, 0.00790569415, 0.0025, 0.000790569415, 0.00025, 7.90569415e-05], rope);
    }

    [Fact]
    public void Read_RopeParametersByLayerType_GoToTheirLayers()
    {
        var spec = HfConfigs.Read(
            HfConfigs.Gemma3,
            ("head_dim", "16"), ("rope_theta", "-"), ("rope_local_base_freq", "-"), ("rope_scaling", "-"),
            ("rope_parameters", """{"full_attention":{"rope_type":"linear","factor":4.0,"rope_theta":10000},"sliding_attention":{"rope_type":"default","rope_theta":100}}"""));

        AssertFrequencies([1, 0.562341325, 0.316227766, 0.177827941, 0.1, 0.0562341325, 0.0316227766, 0.0177827941], spec.Layers[0].Attention.Rope);
        AssertFrequencies([0.25, 0.0790569415, 0.025, 0.00790569415, 0.0025, 0.000790569415, 0.00025, 7.90569415e-05], spec.Layers[5].Attention.Rope);
    }

    [Theory]
    [InlineData("partial_rotary_factor", "0.5")]
    [InlineData("rope_parameters", """{"rope_type":"default","partial_rotary_factor":0.5}""")]
    public void Read_PartialRotaryFactor_RotatesTheFirstElementsOnly(string key, string value)
    {
        var rope = Spec(("head_dim", "32"), ("rope_scaling", "-"), (key, value)).Layers[0].Attention.Rope;

        Assert.Equal(16, rope.Dimensions);
        AssertFrequencies([1, 0.316227766, 0.1, 0.0316227766, 0.01, 0.00316227766, 0.001, 0.000316227766], rope);
    }

    private static RopeSpec Read(int headSize, double theta, string scaling) => Spec(
        ("head_dim", $"{headSize}"), ("rope_theta", FormattableString.Invariant($"{theta}")), ("rope_scaling", scaling)).Layers[0].Attention.Rope;

    private static DecoderSpec Spec(params (string Key, string Value)[] changes) =>
        HfConfigs.Read(HfConfigs.Llama, [("head_dim", "16"), ("rope_theta", "10000"), ("num_hidden_layers", "1"), .. changes]);

    private static void AssertFrequencies(double[] expected, RopeSpec rope)
    {
        Assert.Equal(rope.Dimensions / 2, rope.Frequencies.Count);
        Assert.Equal(expected.Length, rope.Frequencies.Count);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs((rope.Frequencies[i] / expected[i]) - 1), 0, Tolerance);
    }
}
