using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>A lost chain costs time and nothing else.</summary>
public sealed class ChainLossTests
{
    private static readonly SchedulerOptions Options = Toy.Options with { StepTokens = 40, StepTokensWhileDecoding = 30 };

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task Generate_ChainLostAtEveryMoment_GivesTheSameTokens(int shards, bool diesAnswering)
    {
        var requests = Enumerable.Range(0, 3).Select(i => Toy.Request(i, 10 + 50 * i, 12)).ToArray();
        for (var moment = 1; moment <= 24; moment++)
        {
            using var chain = new LocalChain(ToyShard.Split(shards, 60));
            using var next = new LocalChain(ToyShard.Split(shards, 60));
            var losses = 0;
            await using var scheduler = Toy.Schedule(
                new MortalChain(chain, moment) { DiesAnswering = diesAnswering }, Options, (_, _) => Task.FromResult<IShardChain>(losses++ == 0 ? next : throw new InvalidOperationException()));

            var answers = await Task.WhenAll(requests.Select(request => scheduler.AnswerAsync(request)));

            SameAnswerTests.AssertSame(requests, answers);
            Toy.AssertIdle(scheduler);
            Assert.Equal(losses, scheduler.Snapshot().ChainReplacements);
        }
    }

    [Fact]
    public async Task Generate_EveryChainLivesTenSteps_StillEnds()
    {
        var requests = Enumerable.Range(0, 4).Select(i => Toy.Request(i, 20 + i, 60)).ToArray();
        await using var scheduler = Toy.Schedule(Short(), Toy.Options, (_, _) => Task.FromResult<IShardChain>(Short()));

        SameAnswerTests.AssertSame(requests, await Task.WhenAll(requests.Select(request => scheduler.AnswerAsync(request))));
        Assert.True(scheduler.Snapshot().ChainReplacements >= 6);

        static MortalChain Short() => new(new DirectChain(ToyShard.Split(1, 40)), 10);
    }

    [Fact]
    public async Task Generate_PromptLostHalfway_ReportsEachPositionsLogprobsOnce()
    {
        var request = Toy.Request(1, 100, 3) with { PromptTopLogprobs = 2 };
        await using var scheduler = Toy.Schedule(
            new MortalChain(new DirectChain(ToyShard.Split(1, 40)), 3), Options with { StepTokens = 30 }, (_, _) => Task.FromResult<IShardChain>(new DirectChain(ToyShard.Split(1, 40))));

        var answer = await scheduler.AnswerAsync(request);

        SameAnswerTests.AssertSame([request], [answer]);
        Assert.Equal(100, answer.PromptLogprobs!.Count);
        Assert.Equal(Exo.Engine.Generation.Sampler.TopLogprobs(ToyModel.Logits(request.Prompt), 2), answer.PromptLogprobs[99]);
    }

    [Fact]
    public async Task ReplaceChain_WhileStepsAreOut_IgnoresWhatTheyStillSay()
    {
        var request = Toy.Request(1, 40, 20);
        var old = new GatedChain(ToyShard.Split(1, 40), 1);
        await using var scheduler = Toy.Schedule(old);
        var answer = scheduler.AnswerAsync(request);
        (await old.NextAsync()).LetGo();
        var late = await old.NextAsync();

        scheduler.ReplaceChain(new DirectChain(ToyShard.Split(1, 40)));
        SameAnswerTests.AssertSame([request], [await answer]);
        late.LetGo();

        SameAnswerTests.AssertSame([request], [await scheduler.AnswerAsync(request)]);
        Assert.True(late.CancellationToken.IsCancellationRequested);
        Assert.Equal(1, scheduler.Snapshot().ChainReplacements);
        Toy.AssertIdle(scheduler);
    }

    [Fact]
    public async Task Generate_ChainLostWithoutRecovery_FailsSayingSo()
    {
        await using var scheduler = Toy.Schedule(new MortalChain(new DirectChain(ToyShard.Split(1, 40)), 5));

        var error = await Assert.ThrowsAsync<GenerationFailedException>(() => scheduler.AnswerAsync(Toy.Request(1, 40, 20)));

        Assert.Equal("The shard's machine went away in step 5.", error.Message);
        Toy.AssertIdle(scheduler);
    }

    [Fact]
    public async Task Generate_RecoveryFails_FailsWithBothReasonsAndTheNextRequestTriesAgain()
    {
        var attempts = 0;
        var request = Toy.Request(1, 40, 20);
        await using var scheduler = Toy.Schedule(
            new MortalChain(new DirectChain(ToyShard.Split(1, 40)), 5), null, async (_, _) =>
            {
                await Task.Yield();
                return attempts++ == 0 ? throw new InvalidOperationException("No node has room for layers 0 to 2.") : new DirectChain(ToyShard.Split(1, 40));
            });

        var error = await Assert.ThrowsAsync<GenerationFailedException>(() => scheduler.AnswerAsync(request));
        Assert.Contains("went away", error.Message);
        Assert.Contains("No node has room", error.Message);

        SameAnswerTests.AssertSame([request], [await scheduler.AnswerAsync(request)]);
    }

    [Fact]
    public async Task ReplaceChain_WithLessMemory_EndsWhatNoLongerFitsWithBothNumbers()
    {
        var chain = new GatedChain(ToyShard.Split(1, 40), 1);
        await using var scheduler = Toy.Schedule(chain);
        var large = scheduler.AnswerAsync(Toy.Request(1, 100, 20));
        var held = await chain.NextAsync();
        var small = scheduler.AnswerAsync(Toy.Request(2, 30, 20));

        scheduler.ReplaceChain(new DirectChain(ToyShard.Split(1, 2)));

        Assert.Contains("100 tokens", (await Assert.ThrowsAsync<GenerationFailedException>(() => large)).Message);
        SameAnswerTests.AssertSame([Toy.Request(2, 30, 20)], [await small]);
        Assert.Equal(64, scheduler.ContextLength);
        Assert.Contains("64", Assert.Throws<ArgumentException>(() => scheduler.GenerateAsync(Toy.Request(1, 65, 1))).Message);
        held.LetGo();
    }

    [Fact]
    public async Task Cancel_WhileTheChainIsBeingBroughtBack_EndsAtOnce()
    {
        using var cancellation = new CancellationTokenSource();
        var asked = new TaskCompletionSource();
        var next = new TaskCompletionSource<IShardChain>();
        await using var scheduler = Toy.Schedule(new MortalChain(new DirectChain(ToyShard.Split(1, 40)), 3), null, (_, _) =>
        {
            asked.SetResult();
            return next.Task;
        });
        var answer = scheduler.AnswerAsync(Toy.Request(1, 40, 20), cancellation.Token);
        await asked.Task.WaitAsync(Toy.Patience);

        await cancellation.CancelAsync();

        Assert.Equal(Exo.Engine.Generation.FinishReason.Cancelled, (await answer).Reason);
    }
}
