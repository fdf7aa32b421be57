using Exo.Engine.Backends;
using Exo.Engine.Models;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

public sealed class LocalChainTests
{
    [Fact]
    public async Task RunAsync_TwoShards_ComputeTwoStepsAtTheSameTime()
    {
        // The first shard's second step and the second shard's first step wait for each other: in turn they would never meet.
        using var meeting = new Barrier(2);
        var firstShard = new ToyShard(new(0, 1), 4) { Check = slice => Meet(slice.SequenceId == 2) };
        var lastShard = new ToyShard(new(1, 3), 4) { Check = slice => Meet(slice.SequenceId == 1) };
        using var chain = new LocalChain([firstShard, lastShard]);

        var one = RunAsync(chain, Step(1, 0));
        var two = RunAsync(chain, Step(2, 1));

        Assert.Equal(1, (await one.WaitAsync(Toy.Patience)).Slices[0].SequenceId);
        Assert.Equal(2, (await two.WaitAsync(Toy.Patience)).Slices[0].SequenceId);

        void Meet(bool due)
        {
            if (due && !meeting.SignalAndWait(Toy.Patience)) throw new InvalidOperationException("the other shard never came");
        }
    }

    [Fact]
    public async Task RunAsync_AShardThrows_FailsThatStepOnly()
    {
        using var chain = new LocalChain(ToyShard.Split(3, 4, slice =>
        {
            if (slice.SequenceId == 7) throw new InvalidOperationException("Not seven.");
        }));

        var bad = RunAsync(chain, Step(7, 0));
        var good = RunAsync(chain, Step(8, 1));

        Assert.Equal("Not seven.", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.Equal(8, (await good).Slices[0].SequenceId);
    }

    [Fact]
    public async Task RunAsync_Cancelled_DoesNotRun()
    {
        using var chain = new LocalChain(ToyShard.Split(2, 4));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(chain, Step(1, 0), new CancellationToken(true)));
    }

    [Fact]
    public async Task Dispose_WithStepsWaiting_FailsThemAndLeavesTheShards()
    {
        using var inside = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var shard = new ToyShard(new(0, 3), 4)
        {
            Check = _ =>
            {
                inside.Set();
                goOn.Wait();
            },
        };
        var chain = new LocalChain([shard]);
        var running = RunAsync(chain, Step(1, 0));
        var waiting = RunAsync(chain, Step(2, 1));
        Assert.True(inside.Wait(Toy.Patience));

        var disposing = Task.Run(chain.Dispose);
        goOn.Set();
        await disposing.WaitAsync(Toy.Patience);

        await running;
        try
        {
            await waiting; // it may have slipped in before the chain was told to stop
        }
        catch (ObjectDisposedException)
        {
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => RunAsync(chain, Step(3, 0)));
        Assert.False(shard.IsDisposed);
    }

    [Fact]
    public void Constructor_RangesThatDontFollow_Throws()
    {
        Assert.Throws<ArgumentException>(() => new LocalChain([]));
        Assert.Contains("layer 1 is due", Message([new(0, 1), new(2, 3)]));
        Assert.Contains("layer 0 is due", Message([new(1, 3)]));
        Assert.Contains("ends with layer 1 of 3", Message([new(0, 2)]));

        static string Message(LayerRange[] ranges) =>
            Assert.Throws<ArgumentException>(() => new LocalChain([.. ranges.Select(range => new ToyShard(range, 4))])).Message;
    }

    [Fact]
    public async Task Dispose_OnAShardsOwnThread_ThrowsInsteadOfWaitingForItself()
    {
        LocalChain? chain = null;
        Exception? thrown = null;
        chain = new LocalChain(ToyShard.Split(1, 4, _ => thrown = Record.Exception(() => chain!.Dispose())));

        await RunAsync(chain, Step(1, 0)).WaitAsync(Toy.Patience);

        Assert.IsType<InvalidOperationException>(thrown);
        chain.Dispose();
    }

    /// <summary>What awaits a step may continue on the shard's thread; the tests go on elsewhere.</summary>
    private static async Task<StepOutput> RunAsync(LocalChain chain, StepInput step, CancellationToken cancellationToken = default)
    {
        try
        {
            return await chain.RunAsync(step, cancellationToken);
        }
        finally
        {
            await Task.Yield();
        }
    }

    private static StepInput Step(long sequence, int block) => new()
    {
        Slices = [new SequenceSlice { SequenceId = sequence, StartPosition = 0, TokenCount = 2, Blocks = new[] { block } }],
        TokenIds = new[] { 1, 2 },
    };
}
