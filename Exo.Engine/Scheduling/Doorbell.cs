namespace Exo.Engine.Scheduling;

/// <summary>
/// Where one thread parks until another rings. It parks at once: a thread that first spins and yields takes turns on the core from whoever is to ring, and what
/// is awaited here takes longer than any spin. Rings that nobody waits for are remembered as one. Not disposed of: a ring may come late.
/// </summary>
/// <remarks>
/// Ring outside of locks. A woken thread often runs at once on the core of the one that rang; where it then wants a lock that the other still
/// holds (as it always does inside Monitor.Pulse, SemaphoreSlim and ManualResetEventSlim) the two go back and forth before either gets on.
/// </remarks>
public sealed class Doorbell
{
    private const int Quiet = 0, Rung = 1, Parked = 2;

    private readonly AutoResetEvent _woken = new(false);
    private int _state;

    /// <summary>Wakes the thread that waits, or the next one that does. What was written before is seen by it.</summary>
    public void Ring()
    {
        if (Interlocked.Exchange(ref _state, Rung) == Parked) _woken.Set();
    }

    /// <summary>Returns when it has been rung since the last return. One thread at a time; it looks at all there is to do afterwards, as many rings may have been one.</summary>
    public void Wait()
    {
        if (Interlocked.CompareExchange(ref _state, Parked, Quiet) == Quiet) _woken.WaitOne();
        Interlocked.Exchange(ref _state, Quiet);
    }
}
