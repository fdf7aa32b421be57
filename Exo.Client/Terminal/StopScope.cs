namespace Exo.Client.Terminal;

/// <summary>The first signal cancels the token; a second one ends the process.</summary>
internal sealed class StopScope : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly IDisposable _listener;
    private int _signalCount;

    public StopScope(IConsole console, CancellationToken outer = default)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _listener = console.Listen(Stop);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>What came first; null where nothing did.</summary>
    public StopSignal? Signal { get; private set; }

    public void Dispose()
    {
        _listener.Dispose();
        _source.Dispose();
    }

    private bool Stop(StopSignal signal)
    {
        if (Interlocked.Increment(ref _signalCount) > 1) return false;
        Signal = signal;
        _source.Cancel();
        return true;
    }
}
