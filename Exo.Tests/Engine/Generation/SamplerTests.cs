using Exo.Engine.Generation;

namespace Exo.Tests.Engine.Generation;

public sealed class SamplerTests
{
    private static readonly SamplingOptions Plain = new() { PenaltyWindow = 0 };

    private static int Pick(float[] logits, SamplingOptions options, int position = 0, params int[] history) =>
        Sampler.Sample(logits, new SampleRequest { Options = options, Position = position, History = history }).TokenId;

    [Fact]
    public void Sample_Greedy_TakesTheLowestIdAmongTheLikeliest() =>
        Assert.Equal(2, Pick([1, 2, 5, 3, 5, 5, 0, 5, 5, 5], SamplingOptions.Greedy));

    [Fact]
    public void Sample_GreedyOnZerosOfBothSigns_TakesTheLowestId() => Assert.Equal(1, Pick([-1, -0f, 0f], SamplingOptions.Greedy));

    [Theory]
    [InlineData(1, 0, 1f)]
    [InlineData(0, 0, 0f)]
    [InlineData(3, 17, 1e-30f)]
    public void Sample_OnlyOneTokenLeft_TakesTheLikeliest(int topK, int position, float topP) =>
        Assert.Equal(4, Pick([0, 1, 2, 3, 9, 3], Plain with { TopK = topK, TopP = topP, MinP = topK == 0 ? 1 : 0 }, position));

    [Fact]
    public void Sample_TinyTemperature_TakesTheLikeliest() => Assert.Equal(1, Pick([1e30f, 2e30f, -1e30f], Plain with { Temperature = 1e-38f }));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Sample_LogitNotFinite_SaysWhichToken(float bad)
    {
        foreach (var place in (int[])[0, 7, 12, 16])
        {
            var logits = new float[17];
            logits[place] = bad;

            var error = Assert.Throws<NotFiniteNumberException>(() => Pick(logits, Plain));

            Assert.Contains($"token {place} ", error.Message);
            Assert.Throws<NotFiniteNumberException>(() => Sampler.TopLogprobs(logits, 3));
        }
    }

    [Fact]
    public void Sample_Bias_RaisesAndBans()
    {
        var options = SamplingOptions.Greedy with { LogitBias = new Dictionary<int, float> { [0] = 5, [2] = float.NegativeInfinity } };

        Assert.Equal(0, Pick([1, 2, 9], options));
        Assert.Equal(1, Pick([1, 7, 9], options));
    }

    [Fact]
    public void Sample_BiasBansAllTokens_Throws()
    {
        var options = Plain with { LogitBias = new Dictionary<int, float> { [0] = float.NegativeInfinity, [1] = float.NegativeInfinity } };

        Assert.Contains("bans all 2 tokens", Assert.Throws<ArgumentException>(() => Pick([1, 2], options)).Message);
    }

    [Fact]
    public void Sample_BiasOrHistoryOutsideTheVocabulary_NamesTheToken()
    {
        var bias = Plain with { LogitBias = new Dictionary<int, float> { [9] = 1 } };
        var penalty = new SamplingOptions { RepetitionPenalty = 1.1f };

        Assert.Contains("token 9", Assert.Throws<ArgumentException>(() => Pick([1, 2], bias)).Message);
        Assert.Contains("token 5", Assert.Throws<ArgumentException>(() => Pick([1, 2], penalty, 0, 1, 5)).Message);
        Assert.Equal(1, Pick([1, 2], penalty with { Temperature = 0 }, 0, 0)); // nothing was left behind by the failure
    }

    [Theory]
    [InlineData(2f, 0f, 0f, 4f, -4f)]
    [InlineData(1f, 0.5f, 0f, 7.5f, -2.5f)]
    [InlineData(1f, 0f, 0.5f, 7f, -2.5f)]
    [InlineData(2f, 0.25f, 0.5f, 2.75f, -4.75f)]
    public void Apply_Penalties_FollowTheirFormulas(float repetition, float presence, float frequency, float first, float second)
    {
        var options = new SamplingOptions { RepetitionPenalty = repetition, PresencePenalty = presence, FrequencyPenalty = frequency };
        var request = new SampleRequest { Options = options, Position = 3, History = new[] { 0, 1, 0 } };

        var adjusted = LogitAdjustment.Apply([8f, -2f, 1f], request, new SamplerScratch());

        Assert.Equal([first, second, 1f], adjusted.ToArray());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(-1, 3)]
    public void Sample_PenaltyWindow_CountsOnlyTheLastTokens(int window, int expected) =>
        Assert.Equal(expected, Pick([3, 2, 1, 0], new SamplingOptions { Temperature = 0, PresencePenalty = 9, PenaltyWindow = window }, 3, 1, 0, 2));

    [Fact]
    public void Sample_Choice_ReportsLogprobsOfTheUnmodifiedLogits()
    {
        float[] logits = [1, 4, 2, 4, -3];
        var request = new SampleRequest
        {
            Options = Plain with { Temperature = 0, LogitBias = new Dictionary<int, float> { [2] = 50 } },
            Position = 0,
            TopLogprobs = 3,
        };

        var choice = Sampler.Sample(logits, request);

        Assert.Equal(2, choice.TokenId);
        Assert.Equal(NaiveSampler.Logprob(logits, 2), choice.Logprob, 1e-6);
        Assert.Equal([1, 3, 2], choice.TopLogprobs.Select(entry => entry.TokenId));
        Assert.All(choice.TopLogprobs, entry => Assert.Equal(NaiveSampler.Logprob(logits, entry.TokenId), entry.Logprob, 1e-6));
    }

    [Fact]
    public void TopLogprobs_MoreThanTheVocabulary_ReturnsAllOfIt() =>
        Assert.Equal([2, 0, 1], Sampler.TopLogprobs([1, 0, 3], 100).Select(entry => entry.TokenId));

    [Fact]
    public void TopLogprobs_NoLogits_Throws() => Assert.Throws<ArgumentException>(() => Sampler.TopLogprobs([], 1));

    /// <summary>Chi-square over 20,000 positions at a fixed seed: 15 degrees of freedom, 37.7 has probability 0.001.</summary>
    [Theory]
    [InlineData(1f, 0, 1f, 0f)]
    [InlineData(0.7f, 0, 1f, 0f)]
    [InlineData(1.5f, 9, 1f, 0f)]
    [InlineData(1f, 0, 0.8f, 0f)]
    [InlineData(1f, 0, 1f, 0.2f)]
    [InlineData(1.2f, 12, 0.9f, 0.05f)]
    public void Sample_OverManyPositions_HasTheDistributionAskedFor(float temperature, int topK, float topP, float minP)
    {
        var logits = Enumerable.Range(0, 16).Select(i => MathF.Sin(i * 1.7f) * 1.5f).ToArray();
        var options = Plain with { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, Seed = 20260 };
        const int draws = 20_000;
        var counts = new int[logits.Length];

        for (var position = 0; position < draws; position++) counts[Pick(logits, options, position)]++;

        var expected = NaiveSampler.Probabilities(NaiveSampler.Adjust(logits, options, []), options);
        Assert.All(counts.Index(), cell => Assert.True(cell.Item == 0 || expected[cell.Index] > 0));
        var chiSquare = counts.Index().Where(cell => expected[cell.Index] > 0).Sum(cell => Math.Pow(cell.Item - draws * expected[cell.Index], 2) / (draws * expected[cell.Index]));
        Assert.InRange(chiSquare, 0, 37.7);
    }

    [Fact]
    public void Sample_AnotherSeedOrPosition_DrawsAnew()
    {
        var logits = new float[1000];

        var bySeed = Enumerable.Range(0, 50).Select(seed => Pick(logits, Plain with { Seed = (ulong)seed })).Distinct().Count();
        var byPosition = Enumerable.Range(0, 50).Select(position => Pick(logits, Plain, position)).Distinct().Count();

        Assert.True(bySeed > 40 && byPosition > 40, $"{bySeed} and {byPosition} distinct tokens of 50");
    }

    /// <summary>Tokens drawn once on x64 with AVX2: every machine, and every later version, must draw the same.</summary>
    [Fact]
    public void Sample_KnownRequest_DrawsTheseTokens()
    {
        var logits = KnownLogits(1000);
        var options = new SamplingOptions { Temperature = 0.8f, TopK = 50, TopP = 0.95f, MinP = 0.01f, RepetitionPenalty = 1.1f, Seed = 42 };
        List<int> tokens = [1, 2, 3];

        for (var i = 0; i < 10; i++) tokens.Add(Pick(logits, options, tokens.Count, [.. tokens]));

        Assert.Equal([644, 839, 357, 737, 415, 113, 422, 640, 430, 151], tokens[3..]);
    }

    [Fact]
    public void Sample_AfterTheFirst_AllocatesNothingThatGrowsWithTheVocabulary()
    {
        var logits = KnownLogits(100_000);
        var request = new SampleRequest
        {
            Options = new SamplingOptions { TopP = 0.9f, TopK = 0, RepetitionPenalty = 1.1f, FrequencyPenalty = 0.1f },
            Position = 5,
            History = new[] { 1, 2, 3 },
        };
        Sampler.Sample(logits, request);

        // The least of five rounds: a collection elsewhere may empty the pools in the middle of one.
        var least = Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 20; i++) Sampler.Sample(logits, request with { Position = i });
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.InRange(least, 0, 20 * 200); // the request and the choice
    }

    /// <summary>Logits between about -8 and 8 by integer arithmetic, the same everywhere.</summary>
    private static float[] KnownLogits(int count)
    {
        var state = 1u;
        return [.. Enumerable.Range(0, count).Select(_ => ((state = state * 1664525 + 1013904223) >> 8) / 1048576f - 8f)];
    }
}
