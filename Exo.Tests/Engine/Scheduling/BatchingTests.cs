using Exo.Engine.Backends;
using Exo.Engine.Generation;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>What the steps are made of.</summary>
public sealed class BatchingTests
{
    [Fact]
    public async Task Steps_WithAPromptBesideADecodingSequence_HaveTheDecodeFirstAndAChunk()
    {
        var chain = new GatedChain(ToyShard.Split(1, 60), 1);
        await using var scheduler = Toy.Schedule(chain, Toy.Options with { StepTokens = 64, StepTokensWhileDecoding = 16 });
        var talker = scheduler.AnswerAsync(Toy.Request(1, 100, 40));
        Assert.Equal([64], Counts(await NextAndGoAsync(chain)));
        Assert.Equal([36], Counts(await NextAndGoAsync(chain)));
        var held = await chain.NextAsync();
        Assert.Equal([1], Counts(held));
        var newcomer = scheduler.AnswerAsync(Toy.Request(2, 40, 40));
        held.LetGo();

        Assert.Equal([1, 15], Counts(await NextAndGoAsync(chain)));
        Assert.Equal([1, 15], Counts(await NextAndGoAsync(chain)));
        Assert.Equal([1, 10], Counts(await NextAndGoAsync(chain)));
        Assert.Equal([1, 1], Counts(await NextAndGoAsync(chain)));
        chain.Open();
        await Task.WhenAll(talker, newcomer);
    }

    [Fact]
    public async Task Steps_ManyDecodingSequences_StillLeaveRoomForPrompts()
    {
        var chain = new GatedChain(ToyShard.Split(1, 100), 1);
        await using var scheduler = Toy.Schedule(chain, Toy.Options with { StepTokens = 64, StepTokensWhileDecoding = 8, MaxSequences = 20 });
        var first = Enumerable.Range(0, 12).Select(i => scheduler.AnswerAsync(Toy.Request(i, 2, 60))).ToArray();
        GatedChain.Waiting step;
        do step = await NextAndGoAsync(chain); while (Decoding(step) < 8);
        var held = await chain.NextAsync();
        var late = scheduler.AnswerAsync(Toy.Request(20, 50, 5));
        held.LetGo();

        // The first step begins with as many of them as are there by then: how much of whose prompt this one takes is open, that it takes some is not.
        var next = await NextAndGoAsync(chain);
        Assert.InRange(Decoding(next), 8, 12);
        Assert.True(next.Step.Slices.Count > Decoding(next), "no prompt got room");
        chain.Open();
        await Task.WhenAll([late, .. first]);
    }

    [Fact]
    public async Task Steps_OnThreeShards_AreThreeAtOnceAndNoSequenceIsInTwo()
    {
        var chain = new GatedChain(ToyShard.Split(3, 100), 3);
        await using var scheduler = Toy.Schedule(chain, Toy.Options with { MaxSequences = 9 });
        var requests = Enumerable.Range(0, 9).Select(i => Toy.Request(i, 5, 30)).ToArray();
        var answers = requests.Select(request => scheduler.AnswerAsync(request)).ToArray();

        HashSet<long> decoding = [];
        while (decoding.Count < 9)
        {
            var step = await NextAndGoAsync(chain);
            decoding.UnionWith(step.Step.Slices.Where(slice => slice.StartPosition >= 5).Select(slice => slice.SequenceId));
        }

        GatedChain.Waiting[] atOnce = [await chain.NextAsync(), await chain.NextAsync(), await chain.NextAsync()];

        Assert.All(atOnce, step => Assert.InRange(step.Step.Slices.Count, 1, 3));
        var ids = atOnce.SelectMany(step => step.Step.Slices.Select(slice => slice.SequenceId)).ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.True(chain.IsEmpty);
        foreach (var step in atOnce) step.LetGo();
        chain.Open();
        SameAnswerTests.AssertSame(requests, await Task.WhenAll(answers));
    }

    [Fact]
    public async Task Steps_MaxSequences_BoundWhoRuns()
    {
        var most = 0;
        var held = new HeldChain(new DirectChain(ToyShard.Split(1, 100)) { Before = (_, step) => most = Math.Max(most, step.Slices.Count) });
        await using var scheduler = Toy.Schedule(held, Toy.Options with { MaxSequences = 3 });

        await held.AnswersAsync(scheduler, [.. Enumerable.Range(0, 10).Select(i => Toy.Request(i, 5, 30))]);

        Assert.Equal(3, most);
    }

    /// <summary>
    /// The loop's own share of a decode step for one sequence: the slice, the step, the sample request, and the event with its text
    /// and token. The chain below adds the output and the choice (about 200 bytes).
    /// </summary>
    [Fact]
    public void Turn_DecodingOneToken_AllocatesOnlyWhatTheStepAndTheEventAre()
    {
        var loop = new StepLoop(Toy.Options with { ContextLength = 4096 }, null, TimeProvider.System, () => { });
        loop.Use(new ConstantChain());
        loop.Add(new Sequence(1, Toy.Request(1, 5, 3000), 3005, new ToyText(), 0));
        for (var i = 0; i < 1500; i++) loop.Turn(false);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) loop.Turn(false);

        var perToken = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        Assert.InRange(perToken, 1, 1000);
        Assert.InRange(loop.Snapshot().CompletionTokens, 2490, 2510);
    }

    private static async Task<GatedChain.Waiting> NextAndGoAsync(GatedChain chain)
    {
        var step = await chain.NextAsync();
        step.LetGo();
        return step;
    }

    /// <summary>Sequences whose prompt of two tokens is behind them.</summary>
    private static int Decoding(GatedChain.Waiting step) => step.Step.Slices.Count(slice => slice.StartPosition >= 2);

    private static IEnumerable<int> Counts(GatedChain.Waiting step) => step.Step.Slices.Select(slice => slice.TokenCount);

    private sealed class ConstantChain : IShardChain
    {
        public int Depth => 1;

        public int KvBlockCount => 200;

        public ValueTask<StepOutput> RunAsync(StepInput step, CancellationToken cancellationToken = default) => new(new StepOutput
        {
            Slices = [new SliceOutput { SequenceId = step.Slices[0].SequenceId, Choice = new TokenChoice(5, -1, []) }],
        });
    }
}
