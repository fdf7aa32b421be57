using Exo.Engine.Models;

namespace Exo.Tests.Engine.Reference;

/// <summary>The reference against llama.cpp: this holds config reading, weight names and the reference itself at once.</summary>
public sealed class ReferenceDecoderTests
{
    /// <summary>llama.cpp computes in float32: 1e-5 was measured on these models.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>It looks GELU up in a table of halves: 7e-3 was measured.</summary>
    private const double GeluTolerance = 1e-2;

    public static TheoryData<string> Models => ExpectedModel.Names;

    [Theory]
    [MemberData(nameof(Models))]
    public void Run_VectorModel_GivesTheLogprobsOfLlamaCpp(string model)
    {
        var expected = ExpectedModel.Load(model, "f32");
        var files = ModelFolder.Open(Vectors.Path("models", model, "hf"));
        using var weights = files.OpenWeights();
        var reference = new ReferenceDecoder(files.Spec, files.LoadShard(weights, LayerRange.All(files.Spec)));

        var output = reference.Run(expected.Tokens);

        Assert.Equal(expected.Tokens.Length, expected.Top.Count);
        var worst = 0.0;
        for (var position = 0; position < expected.Tokens.Length; position++)
        {
            var logprobs = ReferenceDecoder.LogSoftmax(output.Logits[position]);
            foreach (var token in expected.Top[position]) worst = Math.Max(worst, Math.Abs(logprobs[token.Id] - token.Logprob));
        }

        Assert.InRange(worst, 0, model.StartsWith("gemma", StringComparison.Ordinal) ? GeluTolerance : Tolerance);
        TestContext.Current.TestOutputHelper?.WriteLine($"{model}: farthest log-probability {worst:g3}");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Run_VectorModel_WouldContinueAsLlamaCppDoes(string model)
    {
        var expected = ExpectedModel.Load(model, "f32");
        var files = ModelFolder.Open(Vectors.Path("models", model, "hf"));
        using var weights = files.OpenWeights();
        var reference = new ReferenceDecoder(files.Spec, files.LoadShard(weights, LayerRange.All(files.Spec)));

        // Fed the expected tokens, it would pick each of them itself: that is the greedy continuation in one pass.
        var output = reference.Run([.. expected.Tokens, .. expected.Greedy[..^1]]);

        var picked = output.Logits.Skip(expected.Tokens.Length - 1).Select(logits => Array.IndexOf(logits, logits.Max()));
        Assert.Equal(expected.Greedy, picked);
    }
}
