using Exo.Engine.Cpu.Threading;

namespace Exo.Tests.Engine.Cpu;

public sealed class ComputeThreadsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_ManyJobs_RunsEachItemExactlyOnce(int count)
    {
        using var threads = new ComputeThreads(count, "test");
        var job = new CountingJob(97, count);

        for (var round = 0; round < 500; round++) threads.Run(job, 97);

        Assert.All(job.Counts, n => Assert.Equal(500, n));
        Assert.False(job.SawBadThread);
    }

    [Fact]
    public void Run_AfterThreadsHaveParked_StillRunsEachItem()
    {
        using var threads = new ComputeThreads(3, "test");
        var job = new CountingJob(10, 3);

        // Longer than any spinning: the other threads sleep by then.
        for (var round = 0; round < 5; round++)
        {
            SpinWait.SpinUntil(() => false, 60);
            threads.Run(job, 10);
        }

        Assert.All(job.Counts, n => Assert.Equal(5, n));
    }

    [Fact]
    public void Run_ItemThrows_ThrowsAndGoesOnWorking()
    {
        using var threads = new ComputeThreads(2, "test");

        var exception = Assert.Throws<InvalidOperationException>(() => threads.Run(new ThrowingJob(), 50));
        Assert.Contains("item 7", exception.Message, StringComparison.Ordinal);

        var job = new CountingJob(20, 2);
        threads.Run(job, 20);
        Assert.All(job.Counts, n => Assert.Equal(1, n));
    }

    private sealed class CountingJob(int items, int threads) : ComputeJob
    {
        public int[] Counts { get; } = new int[items];

        public bool SawBadThread { get; private set; }

        public override void Execute(int item, int thread)
        {
            Interlocked.Increment(ref Counts[item]);
            if (thread < 0 || thread >= threads) SawBadThread = true;
        }
    }

    private sealed class ThrowingJob : ComputeJob
    {
        public override void Execute(int item, int thread)
        {
            if (item == 7) throw new InvalidDataException("item 7");
        }
    }
}
