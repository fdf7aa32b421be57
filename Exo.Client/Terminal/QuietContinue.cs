using System.Runtime.InteropServices;

namespace Exo.Client.Terminal;

/// <summary>
/// Keeps SIGCONT from the runtime, which sets the terminal's modes at it. From the background that ought to fail and be let be; but the handler that the runtime puts in SIGTTOU's
/// place for that counts one signal, and where another thread is handed it, the call is made again and the whole process is stopped. The process goes on at a SIGCONT either way.
/// </summary>
internal sealed class QuietContinue
{
    /// <summary>SIGCONT's number.</summary>
    public static readonly int Signal = OperatingSystem.IsLinux() ? 18 : 19;

    /// <summary>More than any system's struct sigaction takes; zeros are the default action.</summary>
    private const int ActionByteCount = 512;

    private readonly Lock _gate = new();
    private readonly byte[] _runtimes = new byte[ActionByteCount];
    private bool _isQuiet;

    public void Begin()
    {
        lock (_gate)
        {
            if (_isQuiet) return;
            _isQuiet = SetAction(Signal, new byte[ActionByteCount], _runtimes) == 0;
        }
    }

    /// <summary>From here on the runtime hears of it again.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (!_isQuiet) return;
            _ = SetAction(Signal, _runtimes, null);
            _isQuiet = false;
        }
    }

    [DllImport("libc", EntryPoint = "sigaction")]
    private static extern int SetAction(int signal, byte[] action, byte[]? former);
}
