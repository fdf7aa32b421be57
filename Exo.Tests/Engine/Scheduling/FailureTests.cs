using Exo.Engine.Backends;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

public sealed class FailureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Generate_OneSequenceBreaksItsSteps_FailsOnlyThatOne(int shards)
    {
        var requests = Enumerable.Range(0, 6).Select(i => Toy.Request(i, 10 + i, 40)).ToArray();
        using var chain = new LocalChain(ToyShard.Split(shards, 60, slice =>
        {
            // The fourth prompt has 13 tokens; its answer's seventh token cannot be computed.
            if (slice.StartPosition == 19 && slice.Sample?.Options.Seed == 3) throw new NotFiniteNumberException("The model's logit for token 5 is NaN.");
        }));
        await using var scheduler = Toy.Schedule(chain);

        var answers = requests.Select(request => scheduler.AnswerAsync(request)).ToArray();

        var error = await Assert.ThrowsAsync<GenerationFailedException>(() => answers[3]);
        Assert.Equal("Generating failed at position 20: The model's logit for token 5 is NaN.", error.Message);
        Assert.IsType<NotFiniteNumberException>(error.InnerException);
        int[] others = [0, 1, 2, 4, 5];
        SameAnswerTests.AssertSame([.. others.Select(i => requests[i])], [.. (await Task.WhenAll(others.Select(i => answers[i])))]);
        Toy.AssertIdle(scheduler);
        Assert.Equal((6L, 1L), (scheduler.Snapshot().EndedSequences, scheduler.Snapshot().FailedSequences));
    }

    [Fact]
    public async Task Generate_AStepFailsOnce_IsRunAgainAndNobodyNotices()
    {
        var requests = Enumerable.Range(0, 4).Select(i => Toy.Request(i, 10 + i, 20)).ToArray();
        var failures = 0;
        var held = new HeldChain(new DirectChain(ToyShard.Split(1, 60))
        {
            Before = (_, step) =>
            {
                if (step.Slices.Count > 1 && failures++ < 3) throw new InvalidOperationException("A cosmic ray.");
            },
        });
        await using var scheduler = Toy.Schedule(held);

        SameAnswerTests.AssertSame(requests, await held.AnswersAsync(scheduler, requests));
        Assert.True(failures >= 1);
    }

    [Fact]
    public async Task Generate_ChainAnswersTooFewSlices_Fails()
    {
        await using var scheduler = Toy.Schedule(new MuteChain());

        var error = await Assert.ThrowsAsync<GenerationFailedException>(() => scheduler.AnswerAsync(Toy.Request(1, 3, 3)));

        Assert.Contains("answered 0 slices, 1 were asked", error.Message);
        Toy.AssertIdle(scheduler);
    }

    [Fact]
    public async Task Generate_AfterAFailure_Works()
    {
        var broken = true;
        using var chain = new LocalChain(ToyShard.Split(1, 60, _ =>
        {
            if (broken) throw new InvalidOperationException("Not today.");
        }));
        await using var scheduler = Toy.Schedule(chain);
        await Assert.ThrowsAsync<GenerationFailedException>(() => scheduler.AnswerAsync(Toy.Request(1, 3, 3)));

        broken = false;

        SameAnswerTests.AssertSame([Toy.Request(1, 3, 3)], [await scheduler.AnswerAsync(Toy.Request(1, 3, 3))]);
    }

    private sealed class MuteChain : IShardChain
    {
        public int Depth => 1;

        public int KvBlockCount => 10;

        public ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default) => new(new StepOutput());
    }
}
