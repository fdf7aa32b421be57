using System.Runtime.InteropServices;

namespace Exo.Hub.Transfer;

/// <summary>
/// The processor time of some threads together, those that have ended included. Any thread may ask. Linux alone gives every thread a clock that others can
/// read (pthread_getcpuclockid, POSIX); elsewhere it stays at zero.
/// </summary>
internal sealed partial class ThreadClocks
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _running = [];
    private TimeSpan _byEnded;

    /// <summary>Processor time so far.</summary>
    public TimeSpan Spent
    {
        get
        {
            lock (_gate) return _running.Aggregate(_byEnded, (sum, clock) => sum + Read(clock));
        }
    }

    /// <summary>Runs something on the calling thread and counts what it takes.</summary>
    public void Count(Action body)
    {
        if (!OperatingSystem.IsLinux() || pthread_getcpuclockid(pthread_self(), out var clock) != 0)
        {
            body();
            return;
        }

        var before = Read(clock);
        lock (_gate)
        {
            _running.Add(clock);
            _byEnded -= before;
        }

        try
        {
            body();
        }
        finally
        {
            // Under the gate while the thread still lives: nobody reads a clock that is gone, which the next thread may have.
            lock (_gate)
            {
                _running.Remove(clock);
                _byEnded += Read(clock);
            }
        }
    }

    private static TimeSpan Read(int clock) => clock_gettime(clock, out var time) == 0
        ? TimeSpan.FromTicks(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : TimeSpan.Zero;

    [LibraryImport("libc")]
    private static partial nint pthread_self();

    [LibraryImport("libc")]
    private static partial int pthread_getcpuclockid(nint thread, out int clock);

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds, Nanoseconds;
    }
}
