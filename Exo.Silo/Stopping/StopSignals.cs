using System.Runtime.InteropServices;

namespace Exo.Silo.Stopping;

/// <summary>Ctrl-C and SIGTERM: the first asks the silo to stop in order, the second ends it at once.</summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>How long the runtime may take to end the process before it is ended from outside.</summary>
    private static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _first = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public StopSignals() => _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, Receive))];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken First => _first.Token;

    /// <summary>Ends the process, whatever still runs.</summary>
    public static void ExitNow(int code)
    {
        var exit = new Thread(() => Environment.Exit(code)) { IsBackground = true, Name = "exit" };
        exit.Start();
        if (!exit.Join(ExitGrace)) Environment.FailFast(null);
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _first.Dispose();
    }

    private void Receive(PosixSignalContext context)
    {
        context.Cancel = true; // The runtime would end the process by itself otherwise.
        if (Interlocked.Increment(ref _count) == 1) _first.Cancel();
        else ExitNow(context.Signal == PosixSignal.SIGINT ? ExitCode.Cancelled : ExitCode.Terminated);
    }
}
