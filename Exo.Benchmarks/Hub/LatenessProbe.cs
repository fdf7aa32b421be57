using System.Diagnostics;

namespace Exo.Benchmarks.Hub;

/// <summary>Sleeps a millisecond again and again and hands the thread pool an item each time: how late either is, in milliseconds.</summary>
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

    /// <summary>The 99th percentiles since the last call.</summary>
    public (double Timer, double Pool) Take()
    {
        lock (_lock)
        {
            var result = (Percentile(_timer), Percentile(_pool));
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

    private static double Percentile(List<double> values)
    {
        values.Sort();
        return values.Count == 0 ? 0 : values[values.Count * 99 / 100];
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
