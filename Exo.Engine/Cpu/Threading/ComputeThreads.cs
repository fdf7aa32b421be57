namespace Exo.Engine.Cpu.Threading;

/// <summary>
/// The threads that compute, apart from the thread pool: no download, hash or request waits behind a matrix product. The
/// caller works along; the others spin briefly for the next job, then park.
/// </summary>
internal sealed class ComputeThreads : IDisposable
{
    /// <summary>Spin rounds before a thread parks: some tens of microseconds, the gap between two jobs of one step.</summary>
    private const int SpinRounds = 2000;

    private readonly Thread[] _threads;
    private readonly ManualResetEventSlim[] _wake;
    private readonly int[] _parked;
    private ComputeJob? _job;
    private int _items;
    private int _next;
    private int _running;
    private int _round;
    private volatile bool _stopping;
    private volatile Exception? _failure;

    /// <param name="count">Threads that compute, the caller included; at least one.</param>
    /// <param name="name">What the threads are called in a debugger.</param>
    public ComputeThreads(int count, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        _threads = new Thread[count - 1];
        _wake = new ManualResetEventSlim[count - 1];
        _parked = new int[count - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var index = i;
            _wake[i] = new ManualResetEventSlim(false, 0);
            _threads[i] = new Thread(() => Work(index)) { IsBackground = true, Name = $"{name} {index + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads that compute, the caller included.</summary>
    public int Count { get; }

    /// <summary>Runs all items of a job and returns when the last one is done. One caller at a time.</summary>
    /// <exception cref="Exception">Whatever an item threw first; the other items may or may not have run.</exception>
    public void Run(ComputeJob job, int items)
    {
        if (items <= 0) return;
        if (items == 1 || _threads.Length == 0)
        {
            for (var item = 0; item < items; item++) job.Execute(item, 0);
            return;
        }

        _job = job;
        _items = items;
        _next = 0;
        _failure = null;
        Volatile.Write(ref _running, _threads.Length);
        Interlocked.Increment(ref _round);
        for (var i = 0; i < _threads.Length; i++)
            if (Volatile.Read(ref _parked[i]) != 0) _wake[i].Set();

        TakeItems(job, 0);
        var spinner = new SpinWait();
        while (Volatile.Read(ref _running) != 0) spinner.SpinOnce(sleep1Threshold: -1);
        _job = null;
        if (_failure is { } failure) throw new InvalidOperationException($"A compute job failed: {failure.Message}", failure);
    }

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Interlocked.Increment(ref _round);
        foreach (var wake in _wake) wake.Set();
        foreach (var thread in _threads) thread.Join();
        foreach (var wake in _wake) wake.Dispose();
    }

    private void Work(int index)
    {
        var seen = 0;
        while (true)
        {
            AwaitRound(index, seen);
            seen = Volatile.Read(ref _round);
            if (_stopping) return;
            TakeItems(_job!, index + 1);
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>Returns when a round later than <paramref name="seen"/> has begun.</summary>
    private void AwaitRound(int index, int seen)
    {
        for (var i = 0; i < SpinRounds; i++)
        {
            if (Volatile.Read(ref _round) != seen) return;
            Thread.SpinWait(10);
        }

        // The round is read again after the flag is up: a job published in between sees the flag or is seen here.
        _wake[index].Reset();
        Interlocked.Exchange(ref _parked[index], 1);
        while (Volatile.Read(ref _round) == seen)
        {
            _wake[index].Wait();
            _wake[index].Reset();
        }

        Volatile.Write(ref _parked[index], 0);
    }

    private void TakeItems(ComputeJob job, int thread)
    {
        try
        {
            while (_failure is null)
            {
                var item = Interlocked.Increment(ref _next) - 1;
                if (item >= _items) return;
                job.Execute(item, thread);
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
    }
}
