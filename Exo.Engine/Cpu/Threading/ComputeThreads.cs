using System.Diagnostics;

namespace Exo.Engine.Cpu.Threading;

/// <summary>
/// The threads that compute, apart from the thread pool: no download, hash or request waits behind a matrix product. The
/// caller works along; the others spin briefly for the next job, then park. A job ends when its items are done, not when every thread has
/// looked in: on a busy machine a thread that gets no core is not waited for.
/// </summary>
internal sealed class ComputeThreads : IDisposable
{
    /// <summary>How long a thread spins before it parks: longer than the gap between two jobs of one step.</summary>
    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000;

    private readonly Thread[] _threads;
    private readonly ManualResetEventSlim[] _wake;
    private readonly int[] _parked;
    private ComputeJob? _job;
    private int _items;

    /// <summary>Items not yet taken; taking one is decrementing to zero or more. Below zero there is no work.</summary>
    private int _untaken;

    /// <summary>Items not yet done. While it is above zero the job stays what it is.</summary>
    private int _undone;
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
    /// <exception cref="InvalidOperationException">An item threw; the other items may or may not have run.</exception>
    public void Run(ComputeJob job, int items)
    {
        if (items <= 0) return;
        if (items == 1 || _threads.Length == 0)
        {
            for (var item = 0; item < items; item++) job.Execute(item, 0);
            return;
        }

        _job = job;
        _failure = null;
        _items = items;
        Volatile.Write(ref _undone, items);
        Interlocked.Exchange(ref _untaken, items);
        for (var i = 0; i < Math.Min(_threads.Length, items - 1); i++)
            if (Volatile.Read(ref _parked[i]) != 0) _wake[i].Set();

        TakeItems(0);
        var spinner = new SpinWait();
        while (Volatile.Read(ref _undone) != 0) spinner.SpinOnce(sleep1Threshold: -1);
        if (_failure is { } failure) throw new InvalidOperationException($"A compute job failed: {failure.Message}", failure);
    }

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        foreach (var wake in _wake) wake.Set();
        foreach (var thread in _threads) thread.Join();
        foreach (var wake in _wake) wake.Dispose();
    }

    private void Work(int index)
    {
        while (true)
        {
            AwaitWork(index);
            if (_stopping) return;
            TakeItems(index + 1);
        }
    }

    private void AwaitWork(int index)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() - start < SpinTicks)
        {
            if (Volatile.Read(ref _untaken) > 0 || _stopping) return;
            Thread.SpinWait(20);
        }

        // The count is read again after the flag is up: a job published in between sees the flag or is seen here.
        _wake[index].Reset();
        Interlocked.Exchange(ref _parked[index], 1);
        while (Volatile.Read(ref _untaken) <= 0 && !_stopping)
        {
            _wake[index].Wait();
            _wake[index].Reset();
        }

        Volatile.Write(ref _parked[index], 0);
    }

    /// <summary>
    /// Takes items as long as there are some. An item taken holds its job in place until it is done, so a thread that comes late
    /// takes part in whatever job runs then.
    /// </summary>
    private void TakeItems(int thread)
    {
        while (Volatile.Read(ref _untaken) > 0)
        {
            var left = Interlocked.Decrement(ref _untaken);
            if (left < 0) return;
            try
            {
                // Front to back, as memory is read best.
                if (_failure is null) _job!.Execute(_items - 1 - left, thread);
            }
            catch (Exception exception)
            {
                _failure = exception;
            }
            finally
            {
                Interlocked.Decrement(ref _undone);
            }
        }
    }
}
