using System.Runtime.InteropServices;

namespace Exo.Client.Terminal;

/// <summary>Counts the stays at the terminal: Ctrl-Z ends one, <c>fg</c> begins the next. It knows of them from the first time it is asked.</summary>
internal sealed class TerminalStays
{
    /// <summary>How long the system may take from the request to stop to the stop; whoever wakes from that wait has come back.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(50);

    private PosixSignalRegistration? _stopping; // Kept, or it ends with the next collection.
    private int _count;
    private volatile bool _isAway;

    public TerminalStays()
    {
        if (!OperatingSystem.IsWindows()) _stopping = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Leave);
    }

    /// <summary>Null while the process is away.</summary>
    public int? Current => _isAway ? null : Volatile.Read(ref _count);

    /// <summary>
    /// The runtime takes a signal that is listened to as dealt with and does not stop: so the listening ends and the signal is sent once more. Nothing is
    /// drawn from before the stop until after it, for the shell's rows come in between. That it goes on is told by this thread's waking: SIGCONT may be heard of later.
    /// </summary>
    private void Leave(PosixSignalContext context)
    {
        context.Cancel = true;
        _isAway = true;
        _stopping?.Dispose();
        _ = Kill(Environment.ProcessId, OperatingSystem.IsLinux() ? 20 : 18);
        Thread.Sleep(Settling);
        _stopping = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Leave);
        Interlocked.Increment(ref _count);
        _isAway = false;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
