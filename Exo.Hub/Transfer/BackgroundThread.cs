using System.Runtime.InteropServices;

namespace Exo.Hub.Transfer;

/// <summary>Starts the room's own threads, so that nothing else in the process waits for it.</summary>
internal static partial class BackgroundThread
{
    private const int ThisThread = 0;

    /// <summary>A tenth of a normal thread's share where both want the same core; an idle core is theirs.</summary>
    private const int Niceness = 10;

    private static readonly ThreadClocks GivingWay = new();

    /// <summary>Processor time of all threads that give way, so far.</summary>
    public static TimeSpan Taken => GivingWay.Spent;

    /// <summary>Starts a thread that doesn't keep the process alive.</summary>
    /// <param name="name">Its name, for debuggers.</param>
    /// <param name="body">What it does; never throws.</param>
    /// <param name="givesWay">Whether a timer, a membership probe or a user's key stroke goes before it; every thread it starts then gives way as well.</param>
    public static Thread Start(string name, Action body, bool givesWay = false)
    {
        var thread = new Thread(() =>
        {
            if (!givesWay)
            {
                body();
                return;
            }

            GiveWay();
            GivingWay.Count(body);
        }, maxStackSize: 512 << 10)
        { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    private static void GiveWay()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(ThisThread, 0, Niceness); // On Linux the calling thread alone; .NET's own priorities do nothing there.
        else Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int niceness);
}
