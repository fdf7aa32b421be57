using Exo.Client.Terminal;

namespace Exo.Client.Chat;

/// <summary>Ctrl-C while an answer is being written: it ends the answer, not the program, unless pressed in anger.</summary>
internal sealed class AnswerStop : IDisposable
{
    private const int Patience = 2;
    private readonly CancellationTokenSource _source;
    private readonly IDisposable _listener;
    private int _count;

    public AnswerStop(IConsole console, CancellationToken outer)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _listener = console.Listen(Stop);
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _listener.Dispose();
        _source.Dispose();
    }

    private bool Stop(StopSignal signal)
    {
        if (signal != StopSignal.Interrupt || Interlocked.Increment(ref _count) > Patience) return false;
        _source.Cancel();
        return true;
    }
}
