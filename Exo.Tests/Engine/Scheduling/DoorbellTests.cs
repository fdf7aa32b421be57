using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>Rings are never lost, whoever comes first.</summary>
public sealed class DoorbellTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Wait_RungBefore_ReturnsOnceForAllRings()
    {
        var bell = new Doorbell();
        using var second = new ManualResetEventSlim();
        bell.Ring();
        bell.Ring();
        var waiter = Start(() =>
        {
            bell.Wait();
            second.Set();
            bell.Wait();
        });
        Assert.True(second.Wait(Patience), "a ring before the wait was lost");
        Assert.True(waiter.IsAlive);

        bell.Ring();

        Assert.True(waiter.Join(Patience), "a ring after the first wait was lost");
    }

    /// <summary>What is handed over before a ring is found after the wait, however the two threads meet.</summary>
    [Fact]
    public void Wait_HundredThousandHandOvers_FindsEachWithoutBeingRungTwice()
    {
        const int handOvers = 100_000;
        Doorbell there = new(), back = new();
        var (handed, taken) = (0, 0);
        var taker = Start(() =>
        {
            while (taken < handOvers)
            {
                while (Volatile.Read(ref handed) == taken) there.Wait();
                taken = Volatile.Read(ref handed);
                back.Ring();
            }
        });
        var giver = Start(() =>
        {
            for (var i = 1; i <= handOvers; i++)
            {
                Volatile.Write(ref handed, i);
                there.Ring();
                if (i % 3 == 0) continue; // Now and then the taker meets several at once.
                while (Volatile.Read(ref taken) < i) back.Wait();
            }
        });

        Assert.True(giver.Join(Patience) && taker.Join(Patience), $"{taken} of {handed} hand-overs were found, then a ring was lost");
    }

    private static Thread Start(ThreadStart work)
    {
        var thread = new Thread(work) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
