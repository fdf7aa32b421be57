using System.Diagnostics;

namespace Exo.Benchmarks.Hub;

/// <summary>How late something was, in milliseconds.</summary>
internal readonly record struct Lateness(double Median, double P99, double Worst, int Count)
{
    public static Lateness Of(List<double> values)
    {
        values.Sort();
        return values.Count == 0 ? default : new Lateness(values[values.Count / 2], values[values.Count * 99 / 100], values[^1], values.Count);
    }
}

/// <summary>Sleeps a millisecond again and again and hands the thread pool an item each time: how late either is.</summary>
internal sealed class LatenessProbe : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<double> _timer = [], _pool = [];
    private readonly Thread _thread;
    private volatile bool _stopping;

    public LatenessProbe()
    {
        _thread = new Thread(Probe) { IsBackground = true, Name = "lateness probe" };
        _thread.Start();
    }

    /// <summary>What was measured since the last call.</summary>
    public (Lateness Timer, Lateness Pool) Take()
    {
        lock (_lock)
        {
            var result = (Lateness.Of(_timer), Lateness.Of(_pool));
            _timer.Clear();
            _pool.Clear();
            return result;
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    private void Probe()
    {
        while (!_stopping)
        {
            var start = Stopwatch.GetTimestamp();
            Thread.Sleep(1);
            var late = Stopwatch.GetElapsedTime(start).TotalMilliseconds - 1;
            lock (_lock) _timer.Add(late);
            var queued = Stopwatch.GetTimestamp();
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                var wait = Stopwatch.GetElapsedTime(queued).TotalMilliseconds;
                lock (_lock) _pool.Add(wait);
            }, null);
        }
    }
}
