using Exo.Engine.Generation;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>The law of the same answer for scheduling: whatever runs beside a request and wherever, its tokens are those of the naive twin.</summary>
public sealed class SameAnswerTests
{
    private static readonly GenerationRequest[] Eight = [.. Enumerable.Range(0, 8).Select(i => Toy.Request(seed: i, promptLength: 1 + 37 * i, maxTokens: 20 + 11 * i))];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Generate_EightAtOnce_EqualsEachAlone(int shards)
    {
        using var chain = new LocalChain(ToyShard.Split(shards, blockCount: 200));
        var held = new HeldChain(chain);
        await using var scheduler = Toy.Schedule(held);

        var answers = await held.AnswersAsync(scheduler, Eight);

        AssertSame(Eight, answers);
        Toy.AssertIdle(scheduler);
        Assert.True(scheduler.Snapshot().Steps < Eight.Sum(request => request.MaxTokens), "the sequences shared no step");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(32)]
    [InlineData(1000)]
    public async Task Generate_PromptInChunksOfAnySize_GivesTheSameTokens(int stepTokens)
    {
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 200)), Toy.Options with { StepTokens = stepTokens, StepTokensWhileDecoding = Math.Min(stepTokens, 5) });

        AssertSame(Eight, await Task.WhenAll(Eight.Select(request => scheduler.AnswerAsync(request))));
    }

    [Theory]
    [InlineData(12, 1)]
    [InlineData(14, 3)]
    [InlineData(30, 3)]
    public async Task Generate_TooFewBlocksForAll_PreemptsAndGivesTheSameTokens(int blocks, int shards)
    {
        // Each fits alone (at most 12 blocks); eight together would need 60.
        var requests = Enumerable.Range(0, 8).Select(i => Toy.Request(100 + i, 20 + 5 * i, 300)).ToArray();
        using var chain = new LocalChain(ToyShard.Split(shards, blocks));
        var held = new HeldChain(chain);
        await using var scheduler = Toy.Schedule(held);

        var answers = await held.AnswersAsync(scheduler, requests);

        AssertSame(requests, answers);
        Toy.AssertIdle(scheduler);
        Assert.True(scheduler.Snapshot().Preemptions > 0, "blocks never ran out");
    }

    [Fact]
    public async Task Generate_SamePrefixAgain_TakesItFromTheCacheAndGivesTheSameTokens()
    {
        var prefix = Toy.Prompt(1, 100);
        var requests = Enumerable.Range(0, 6).Select(i => Toy.Request(i, 1, 40) with { Prompt = [.. prefix, .. Toy.Prompt(i, 10 * i)] }).ToArray();
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 100)));

        List<Answer> answers = [];
        foreach (var request in requests) answers.Add(await scheduler.AnswerAsync(request));

        AssertSame(requests, answers);
        Assert.Equal([0, 96, 96, 96, 96, 96], answers.Select(answer => answer.Usage.CachedTokens));
        Assert.Equal(5 * 96, scheduler.Snapshot().CachedTokens);
        Toy.AssertIdle(scheduler);
        Assert.True(scheduler.Snapshot().BlocksCached > 0);
    }

    [Fact]
    public async Task Generate_SamePrefixAtOnce_ComputesItOnce()
    {
        var requests = Enumerable.Range(0, 8).Select(i => Toy.Request(i, 1, 10) with { Prompt = [.. Toy.Prompt(1, 320), i] }).ToArray();
        var chain = new GatedChain(ToyShard.Split(1, 200), 1);
        await using var scheduler = Toy.Schedule(chain, Toy.Options with { StepTokens = 64, StepTokensWhileDecoding = 64 });

        var first = scheduler.AnswerAsync(requests[0]);
        var held = await chain.NextAsync();
        var others = requests[1..].Select(request => scheduler.AnswerAsync(request)).ToArray();
        held.LetGo();
        chain.Open();
        var answers = await Task.WhenAll([first, .. others]);

        AssertSame(requests, answers);
        Assert.All(answers[1..], answer => Assert.Equal(320, answer.Usage.CachedTokens));
    }

    [Fact]
    public async Task Generate_AnswerContinuedAsPrompt_FindsTheAnswersBlocksInTheCache()
    {
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 100)));
        var first = Toy.Request(5, 50, 100);
        var answer = await scheduler.AnswerAsync(first);

        var second = Toy.Request(6, 1, 30) with { Prompt = [.. first.Prompt, .. answer.Tokens, 7, 8, 9] };
        var continued = await scheduler.AnswerAsync(second);

        AssertSame([second], [continued]);
        Assert.Equal(128, continued.Usage.CachedTokens); // the last sampled token was never computed: 149 positions, four whole blocks
    }

    [Fact]
    public async Task Generate_WithoutPrefixCache_KeepsNothing()
    {
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 100)), Toy.Options with { PrefixCache = false });

        AssertSame([Eight[4], Eight[4]], [await scheduler.AnswerAsync(Eight[4]), await scheduler.AnswerAsync(Eight[4])]);

        Assert.Equal((0, 0L), (scheduler.Snapshot().BlocksCached, scheduler.Snapshot().CachedTokens));
    }

    [Fact]
    public async Task Generate_CacheLargerThanThePool_EvictsAndStaysRight()
    {
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 9)));
        for (var round = 0; round < 30; round++)
        {
            var request = Toy.Request(round / 3 % 4, 64 + round, 50); // three alike, then others: four prompts with answers are more than nine blocks
            AssertSame([request], [await scheduler.AnswerAsync(request)]);
        }

        var snapshot = scheduler.Snapshot();
        Assert.True(snapshot.CachedTokens > 0);
        Assert.InRange(snapshot.BlocksCached, 1, 9);
    }

    [Fact]
    public async Task Generate_PromptLogprobs_AreThoseOfEachPositionHoweverChunked()
    {
        var request = Toy.Request(3, 70, 5) with { PromptTopLogprobs = 3, TopLogprobs = 2 };
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 9)), Toy.Options with { StepTokens = 9 });
        await scheduler.AnswerAsync(request with { PromptTopLogprobs = 0 });

        var answer = await scheduler.AnswerAsync(request);

        AssertSame([request], [answer]);
        Assert.Equal(0, answer.Usage.CachedTokens);
        Assert.Equal(70, answer.PromptLogprobs!.Count);
        for (var i = 0; i < 70; i++) Assert.Equal(Sampler.TopLogprobs(ToyModel.Logits(request.Prompt.Take(i + 1).ToArray()), 3), answer.PromptLogprobs[i]);
        Assert.All(answer.Events.SelectMany(item => item.Tokens), token => Assert.Equal(2, token.TopLogprobs.Count));
    }

    internal static void AssertSame(IReadOnlyList<GenerationRequest> requests, IReadOnlyList<Answer> answers)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            var expected = ToyModel.Generate(requests[i]);
            Assert.Equal(expected, answers[i].Tokens);
            Assert.Equal(ToyText.TextOf(expected), answers[i].Text);
            Assert.Equal(expected.Count, answers[i].Usage.CompletionTokens);
        }
    }
}
