using System.Runtime.InteropServices;

namespace Exo.Client.Terminal;

/// <summary>Counts the stays at the terminal: Ctrl-Z ends one, <c>fg</c> begins the next, from the background too. It knows of them from the first time it is asked.</summary>
internal sealed class TerminalStays
{
    /// <summary>How long the system may take from the request to stop to the stop; whoever wakes from that wait has come back.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(50);

    private readonly QuietContinue _continue = new();
    private PosixSignalRegistration? _stopping; // Kept, or it ends with the next collection.
    private int _count;
    private volatile bool _isAway;
    private bool _wasBehind;

    public TerminalStays()
    {
        if (!OperatingSystem.IsWindows()) _stopping = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Leave);
    }

    /// <summary>Null while the process is away: stopped, or in the background.</summary>
    public int? Current => _isAway || IsInBackground ? null : Volatile.Read(ref _count);

    public bool IsInBackground
    {
        get
        {
            var isBehind = JobControl.IsInBackground;
            if (Interlocked.Exchange(ref _wasBehind, isBehind) && !isBehind) ComeForward();
            return isBehind;
        }
    }

    /// <summary>
    /// The shell has the terminal in its own modes, and tells only jobs that were stopped that they go on: SIGCONT, upon which the runtime sets those that single keys need.
    /// </summary>
    private void ComeForward()
    {
        TellRuntime();
        Interlocked.Increment(ref _count);
    }

    private void TellRuntime()
    {
        _continue.End();
        _ = Kill(Environment.ProcessId, QuietContinue.Signal);
    }

    /// <summary>
    /// The runtime takes a signal that is listened to as dealt with and does not stop: so the listening ends and the signal is sent once more. Nothing is
    /// drawn from before the stop until after it, for the shell's rows come in between. That it goes on is told by this thread's waking: SIGCONT may be heard of later.
    /// </summary>
    private void Leave(PosixSignalContext context)
    {
        context.Cancel = true;
        _isAway = true;
        _stopping?.Dispose();
        _continue.Begin();
        _ = Kill(Environment.ProcessId, OperatingSystem.IsLinux() ? 20 : 18);
        Thread.Sleep(Settling);
        if (!IsInBackground) TellRuntime();
        _stopping = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Leave);
        Interlocked.Increment(ref _count);
        _isAway = false;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
