using System.Threading.Channels;

namespace Exo.Api.Local;

/// <summary>One load that any number of callers wait for. It is given up when the last of them has left.</summary>
internal sealed class SharedLoad
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _abandoned = new();
    private readonly List<Channel<double>> _watchers = [];
    private int _waiterCount;

    /// <param name="load">Begins the load; given where to report and when to give up.</param>
    public SharedLoad(Func<IProgress<double>, CancellationToken, Task<LocalModel>> load) =>
        Model = Task.Run(() => load(new Reporter(this), _abandoned.Token));

    /// <summary>The model, once it is ready.</summary>
    public Task<LocalModel> Model { get; }

    /// <summary>The model is there, or on its way: not failed, not given up.</summary>
    public bool IsAlive => !Model.IsFaulted && !Model.IsCanceled && !_abandoned.IsCancellationRequested;

    /// <summary>The share that is ready, 0 to 1, as it grows, until the load has ended. Slow readers skip.</summary>
    public async IAsyncEnumerable<double> WatchAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<double>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            _waiterCount++;
            _watchers.Add(channel);
        }
        _ = Model.ContinueWith(_ => channel.Writer.TryComplete(), TaskScheduler.Default);
        try
        {
            await foreach (var fraction in channel.Reader.ReadAllAsync(cancellationToken)) yield return fraction;
        }
        finally
        {
            Leave(channel);
        }
    }

    private void Leave(Channel<double> channel)
    {
        lock (_lock)
        {
            _watchers.Remove(channel);
            if (--_waiterCount > 0 || Model.IsCompleted) return;
        }
        _abandoned.Cancel();
    }

    private sealed class Reporter(SharedLoad load) : IProgress<double>
    {
        public void Report(double value)
        {
            lock (load._lock)
            {
                foreach (var watcher in load._watchers) watcher.Writer.TryWrite(value);
            }
        }
    }
}
