using Exo.Engine.Generation;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>An answer that broke off begins again from its tokens and tells the same, event for event.</summary>
public sealed class KnownTokensTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Generate_EachNumberOfTokensKnown_TellsTheSameAnswer(bool stops)
    {
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(2, 60)));
        var request = Toy.Request(3, 40, 30);
        var plain = await scheduler.AnswerAsync(request);
        if (stops) request = request with { Stops = [plain.Text[^6..^3]] };
        var whole = await scheduler.AnswerAsync(request);

        for (var known = 0; known <= whole.Tokens.Count; known++)
        {
            var again = await scheduler.AnswerAsync(request with { Known = [.. whole.Tokens.Take(known)] });

            Assert.Equal(whole.Tokens, again.Tokens);
            Assert.Equal((whole.Text, whole.Reason), (again.Text, again.Reason));
            Assert.Equal(whole.Usage.CompletionTokens, again.Usage.CompletionTokens);
            // What was not known is told as ever, log-probabilities and all.
            Assert.Equal(Likelihoods(whole, Math.Max(0, known - 1)), Likelihoods(again, Math.Max(0, known - 1)));
        }

        Toy.AssertIdle(scheduler);
    }

    [Fact]
    public async Task Generate_TokensKnown_ComputesThemInAFewSteps()
    {
        var request = Toy.Request(3, 40, 60);
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 60)), Toy.Options with { PrefixCache = false });
        var whole = await scheduler.AnswerAsync(request);
        var before = scheduler.Snapshot().Steps;

        await scheduler.AnswerAsync(request with { Known = [.. whole.Tokens.Take(58)] });

        Assert.InRange(scheduler.Snapshot().Steps - before, 1, 10);
    }

    [Fact]
    public async Task Generate_EndTokenKnown_EndsThere()
    {
        var request = Toy.Request(1, 20, 2000) with { IgnoreEos = false };
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 100)));
        var whole = await scheduler.AnswerAsync(request);
        Assert.Equal(FinishReason.Stop, whole.Reason);

        var again = await scheduler.AnswerAsync(request with { Known = whole.Tokens });

        Assert.Equal(whole.Tokens, again.Tokens);
        Assert.Equal(FinishReason.Stop, again.Reason);
    }

    [Fact]
    public async Task Generate_MoreKnownThanTheContextHolds_ThrowsWithTheNumbers()
    {
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 2)));

        var error = Assert.Throws<ArgumentException>(() => scheduler.GenerateAsync(Toy.Request(1, 40, 5) with { Known = Toy.Prompt(2, 30) }));

        Assert.Contains("40 tokens and its answer 30", error.Message);
    }

    private static IEnumerable<float> Likelihoods(Answer answer, int from) => answer.Events.SelectMany(item => item.Tokens).Skip(from).Select(token => token.Logprob);
}
