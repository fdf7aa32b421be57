using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Models;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Reference;

namespace Exo.Tests.Engine.Cpu;

/// <summary>The CPU backend against the float64 reference, and against llama.cpp's answers on the reference vectors.</summary>
public sealed class ReferenceAgreementTests
{
    /// <summary>Log-probabilities in float32 stay this close to float64 on small models: 2e-5 was measured.</summary>
    private const double Float32Tolerance = 1e-4;

    /// <summary>Inputs of integer products are rounded to 14 bits: 2e-3 was measured, with experts 1.3e-2.</summary>
    private const double RoundedInputTolerance = 3e-2;

    /// <summary>Of the median where inputs are rounded to eight bits (four-bit weights without experts): 0.05 was measured, 0.45 at worst.</summary>
    private const double EightBitTolerance = 0.25;

    /// <summary>Keys and values rounded to halves move them this far: 5e-3 was measured.</summary>
    private const double HalfCacheTolerance = 3e-2;

    /// <summary>llama.cpp looks GELU up in a table of halves: the float64 reference itself is 7e-3 away from it.</summary>
    private const double GeluTolerance = 1e-2;

    public static TheoryData<string> VectorModels => ExpectedModel.Names;

    [Theory]
    [MemberData(nameof(VectorModels))]
    public void Forward_VectorModelWithFloatCache_GivesTheLogprobsOfLlamaCpp(string name)
    {
        var tolerance = name.StartsWith("gemma", StringComparison.Ordinal) ? GeluTolerance : 2e-3;
        Assert.InRange(DistanceFromLlamaCpp(name, KvType.F32), 0, tolerance);
    }

    [Theory]
    [MemberData(nameof(VectorModels))]
    public void Forward_VectorModelWithHalfCache_StaysCloseToLlamaCpp(string name) =>
        Assert.InRange(DistanceFromLlamaCpp(name, KvType.F16), 0, HalfCacheTolerance);

    [Theory]
    [MemberData(nameof(SameAnswerTests.PlainModels), MemberType = typeof(SameAnswerTests))]
    public void Forward_EveryFeature_IsTheReferenceInFloat32(string name, DecoderSpec spec, DType type) =>
        Assert.InRange(DistanceFromReference(name, spec, type).Worst, 0, Float32Tolerance);

    [Theory]
    [MemberData(nameof(SameAnswerTests.QuantizedModels), MemberType = typeof(SameAnswerTests))]
    public void Forward_QuantizedWeights_IsTheReferenceButForRoundedInputs(string name, DecoderSpec spec, DType type)
    {
        var (worst, median) = DistanceFromReference(name, spec, type);
        if (type is DType.Q4_0 or DType.Q4_K && !spec.HasExperts) Assert.InRange(median, 0, EightBitTolerance);
        else Assert.InRange(worst, 0, RoundedInputTolerance);
    }

    private static (double Worst, double Median) DistanceFromReference(string name, DecoderSpec spec, DType type)
    {
        using var model = new RandomModel(spec, type);
        var random = new Random(5);
        int[] tokens = [.. Enumerable.Range(0, 300).Select(_ => random.Next(spec.VocabSize))];
        using var shard = model.Load([0], kvType: KvType.F32)[0];

        var expected = new ReferenceDecoder(spec, model.Weights).Run(tokens);
        var logprobs = Run(shard, tokens, spec.VocabSize);

        List<double> distances = [];
        for (var position = 0; position < tokens.Length; position++)
        {
            var reference = ReferenceDecoder.LogSoftmax(expected.Logits[position]);
            distances.AddRange(logprobs[position].Select(token => Math.Abs(token.Logprob - reference[token.TokenId])));
        }

        distances.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {distances[^1]:g3}, median {distances[distances.Count / 2]:g3}");
        return (distances[^1], distances[distances.Count / 2]);
    }

    private static double DistanceFromLlamaCpp(string name, KvType kvType)
    {
        var expected = ExpectedModel.Load(name, "f32");
        var files = ModelFolder.Open(Vectors.Path("models", name, "hf"));
        using var weights = files.OpenWeights();
        var all = LayerRange.All(files.Spec);
        using var shard = new CpuBackend().Load(files.Spec, all, files.LoadShard(weights, all), new ShardOptions { KvBlockCount = 8, KvType = kvType });
        var logprobs = Run(shard, expected.Tokens, files.Spec.VocabSize);

        var worst = 0.0;
        for (var position = 0; position < expected.Tokens.Length; position++)
        {
            var byId = logprobs[position].ToDictionary(token => token.TokenId, token => token.Logprob);
            foreach (var token in expected.Top[position]) worst = Math.Max(worst, Math.Abs(byId[token.Id] - token.Logprob));
            if (expected.Top[position][0].Logprob - expected.Top[position][1].Logprob > 0.01) Assert.Equal(expected.Top[position][0].Id, logprobs[position][0].TokenId);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}, {kvType}: {worst:g3}");
        return worst;
    }

    private static IReadOnlyList<IReadOnlyList<Exo.Engine.Generation.TokenLogprob>> Run(IShard shard, int[] tokens, int top)
    {
        int[] blocks = [.. Enumerable.Range(0, KvBlock.CountFor(tokens.Length))];
        var slice = new SequenceSlice { SequenceId = 1, StartPosition = 0, TokenCount = tokens.Length, Blocks = blocks, PromptTopLogprobs = top };
        return shard.Forward(new StepInput { TokenIds = tokens, Slices = [slice] }).Slices[0].PromptLogprobs;
    }
}
