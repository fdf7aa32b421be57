using Exo.Engine.Generation;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

public sealed class CancellationTests
{
    [Fact]
    public async Task Cancel_WhileAStepIsOut_EndsWithThatStepAndFreesTheBlocks()
    {
        using var cancellation = new CancellationTokenSource();
        var chain = new GatedChain(ToyShard.Split(1, 40), 1);
        await using var scheduler = Toy.Schedule(chain, Toy.Options with { PrefixCache = false });
        var answer = scheduler.AnswerAsync(Toy.Request(1, 40, 100), cancellation.Token);
        for (var i = 0; i < 5; i++) (await chain.NextAsync()).LetGo();
        var last = await chain.NextAsync();
        Assert.Equal(2, scheduler.Snapshot().BlocksInUse);

        await cancellation.CancelAsync();

        var got = await answer; // the step's own token was cancelled: nobody else was in it
        Assert.True(last.CancellationToken.IsCancellationRequested);
        Assert.Equal(FinishReason.Cancelled, got.Reason);
        Assert.Equal(ToyModel.Generate(Toy.Request(1, 40, 5)), got.Tokens);
        Assert.Equal(5, got.Usage.CompletionTokens);
        Toy.AssertIdle(scheduler);
        Assert.True(chain.IsEmpty);
    }

    [Fact]
    public async Task Cancel_OneOfTwoInAStep_LeavesTheOtherAlone()
    {
        using var cancellation = new CancellationTokenSource();
        var chain = new GatedChain(ToyShard.Split(1, 40), 1);
        await using var scheduler = Toy.Schedule(chain);
        var kept = scheduler.AnswerAsync(Toy.Request(1, 10, 30));
        var first = await chain.NextAsync();
        var dropped = scheduler.AnswerAsync(Toy.Request(2, 10, 30), cancellation.Token);
        first.LetGo();
        var shared = await chain.NextAsync();
        Assert.Equal(2, shared.Step.Slices.Count);

        await cancellation.CancelAsync();
        Assert.False(dropped.IsCompleted);
        shared.LetGo();

        Assert.Equal(FinishReason.Cancelled, (await dropped).Reason);
        var next = await chain.NextAsync();
        Assert.Single(next.Step.Slices);
        Assert.False(shared.CancellationToken.IsCancellationRequested);
        next.LetGo();
        chain.Open();
        SameAnswerTests.AssertSame([Toy.Request(1, 10, 30)], [await kept]);
        Toy.AssertIdle(scheduler);
    }

    [Fact]
    public async Task Cancel_WhileWaitingForRoom_EndsWithoutAnyStep()
    {
        using var cancellation = new CancellationTokenSource();
        var chain = new GatedChain(ToyShard.Split(1, 40), 1);
        await using var scheduler = Toy.Schedule(chain, Toy.Options with { MaxSequences = 1 });
        var running = scheduler.AnswerAsync(Toy.Request(1, 10, 5));
        var step = await chain.NextAsync();
        var waiting = scheduler.AnswerAsync(Toy.Request(2, 10, 5), cancellation.Token);

        await cancellation.CancelAsync();

        var answer = await waiting;
        Assert.Equal((FinishReason.Cancelled, 0, TimeSpan.Zero), (answer.Reason, answer.Usage.CompletionTokens, answer.Usage.PrefillTime));
        step.LetGo();
        chain.Open();
        await running;
    }

    [Fact]
    public async Task Cancel_BeforeTheFirstStep_GivesOnlyTheLastEvent()
    {
        await using var scheduler = Toy.Schedule(new DirectChain(ToyShard.Split(1, 40)));

        var answer = await scheduler.AnswerAsync(Toy.Request(1, 10, 5), new CancellationToken(true));

        Assert.Equal(FinishReason.Cancelled, Assert.Single(answer.Events).FinishReason);
    }

    [Fact]
    public async Task Generate_ReaderLeavesEarly_FreesTheBlocksBeforeItGoesOn()
    {
        var chain = new DirectChain(ToyShard.Split(1, 40));
        await using var scheduler = Toy.Schedule(chain);

        await foreach (var item in scheduler.GenerateAsync(Toy.Request(1, 40, 1000)))
        {
            if (item.Text.Length > 0) break;
        }

        Toy.AssertIdle(scheduler);
    }

    [Fact]
    public async Task Dispose_WhileGenerating_EndsTheStreamsWithAnError()
    {
        var chain = new GatedChain(ToyShard.Split(1, 40), 1);
        var scheduler = Toy.Schedule(chain);
        var answer = scheduler.AnswerAsync(Toy.Request(1, 40, 10));
        await chain.NextAsync();

        await scheduler.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => answer);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => scheduler.AnswerAsync(Toy.Request(1, 40, 10)));
        await scheduler.DisposeAsync();
    }
}
