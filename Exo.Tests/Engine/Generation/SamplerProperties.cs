using Exo.Engine.Generation;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Generation;

/// <summary>The sampler held against its naive twin on whatever FsCheck thinks up.</summary>
public sealed class SamplerProperties
{
    /// <summary>How far float32 weights and 2^-36 masses may lie from the twin's doubles, as a share of the line.</summary>
    private const double Slack = 2e-5;

    private static readonly Gen<float[]> Logits =
        from size in Gen.Choose(1, 400)
        from coarse in Gen.Elements(true, false) // coarse ones have many ties
        from values in Gen.Choose(-4000, 4000).ArrayOf(size)
        select values.Select(value => coarse ? value / 1000 : value / 333f).ToArray();

    private static readonly Gen<SamplingOptions> Options =
        from temperature in Gen.Elements(0.05f, 0.7f, 1f, 2.5f)
        from topK in Gen.Elements(0, 1, 2, 7, 40, 399, 1000)
        from topP in Gen.Elements(0f, 0.1f, 0.5f, 0.9f, 0.999f, 1f)
        from minP in Gen.Elements(0f, 0.02f, 0.3f, 1f)
        from repetition in Gen.Elements(1f, 1.3f)
        from frequency in Gen.Elements(0f, 0.4f)
        from window in Gen.Elements(-1, 0, 3)
        from seed in Gen.Choose(0, int.MaxValue)
        select new SamplingOptions
        {
            Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, RepetitionPenalty = repetition,
            FrequencyPenalty = frequency, PenaltyWindow = window, Seed = (ulong)seed,
        };

    private static readonly Gen<(float[] Logits, SamplingOptions Options, int[] History)> Cases =
        from logits in Logits
        from options in Options
        from seen in Gen.Choose(0, logits.Length - 1).ListOf()
        select (logits, options, seen.ToArray());

    [Fact]
    public void Sample_Anything_FallsWhereTheTwinPutsThePoint() =>
        Prop.ForAll(Cases.ToArbitrary(), input =>
        {
            var (logits, options, history) = input;
            var request = new SampleRequest { Options = options, Position = history.Length, History = history };

            var id = Sampler.Sample(logits, request).TokenId;

            // Where rounding can decide whether a token belongs to the nucleus, the sets slightly larger and smaller are right too.
            var adjusted = NaiveSampler.Adjust(logits, options, history);
            var point = Philox.Bits(options.Seed, history.Length) / Math.Pow(2, 64);
            float[] nudges = [0, -1e-6f, 1e-6f];
            return nudges.Any(nudge =>
            {
                var nudged = options with { TopP = options.TopP >= 1 ? 1 : Math.Max(0, options.TopP + nudge), MinP = Math.Max(0, options.MinP - Math.Abs(nudge)) };
                var (start, end) = NaiveSampler.Interval(NaiveSampler.Probabilities(adjusted, nudged), id);
                return end > start && point >= start - Slack && point <= end + Slack;
            });
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Sample_Greedy_IsTheFirstOfAFullSort() =>
        Prop.ForAll(Logits.ToArbitrary(), logits =>
            Sampler.Sample(logits, new SampleRequest { Options = SamplingOptions.Greedy, Position = 0 }).TokenId
            == Enumerable.Range(0, logits.Length).MaxBy(id => (logits[id], -id))).QuickCheckThrowOnFailure();

    [Fact]
    public void TopLogprobs_AnyCount_IsTheFrontOfAFullSort() =>
        Prop.ForAll(Logits.ToArbitrary(), Gen.Choose(0, 450).ToArbitrary(), (logits, count) =>
            Sampler.TopLogprobs(logits, count).Select(entry => entry.TokenId)
                .SequenceEqual(Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).ThenBy(id => id).Take(count))).QuickCheckThrowOnFailure();

    [Fact]
    public void Cutoff_AnyMass_IsThatOfAFullSort() =>
        Prop.ForAll(Logits.ToArbitrary(), Gen.Choose(1, 1000).ToArbitrary(), (logits, permille) =>
        {
            var weights = new float[logits.Length];
            PortableMath.Exp(logits, logits.Max(), 1f, weights);
            var ranks = logits.Select(TokenRank.Of).ToArray();
            var mass = Nucleus.Share(Nucleus.TotalMass(weights), permille / 1000f);

            var cutoff = Nucleus.Cutoff(ranks.ToArray(), weights, mass);

            var sum = 0UL;
            var expected = ranks.OrderDescending().SkipWhile(rank => (sum += Nucleus.Mass(weights[TokenRank.Id(rank)])) < mass).FirstOrDefault(ranks.Min());
            return cutoff == expected;
        }).QuickCheckThrowOnFailure();
}
