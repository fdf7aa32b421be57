using System.Runtime.ExceptionServices;

namespace Exo.Hub.Transfer;

/// <summary>
/// A thread that gives way, at the service of one that doesn't. A thread inherits the priority of the one that starts it, and so does a thread-pool thread that is
/// started because this one queued something: whatever talks to the rest of the process (HTTP requests, completions, new threads) is therefore
/// done by the master, and only moving, hashing and writing bytes is done here. Started when first needed.
/// </summary>
/// <param name="name">The thread's name.</param>
internal sealed class BulkThread(string name) : IDisposable
{
    private readonly SemaphoreSlim _begin = new(0), _end = new(0);
    private Action? _work;
    private ExceptionDispatchInfo? _failure;
    private bool _isStarted;

    /// <summary>Does the work on the thread and returns, or throws what it throws, when it is done. Called by the master alone.</summary>
    public void Run(Action work)
    {
        if (!_isStarted) BackgroundThread.Start(name, Serve, givesWay: true);
        (_isStarted, _work, _failure) = (true, work, null);
        _begin.Release();
        _end.Wait();
        _failure?.Throw();
    }

    public void Dispose()
    {
        _work = null;
        if (_isStarted) _begin.Release();
    }

    private void Serve()
    {
        while (true)
        {
            _begin.Wait();
            if (_work is not { } work) return;
            try
            {
                work();
            }
            catch (Exception failure)
            {
                _failure = ExceptionDispatchInfo.Capture(failure);
            }
            _end.Release();
        }
    }
}
