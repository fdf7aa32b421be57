using System.Runtime.InteropServices;

namespace Exo.Hub.Transfer;

/// <summary>
/// Starts the threads that fetch, hash and write. They give way to the rest of the process: where the system knows priorities per thread, a
/// membership probe or a user's key stroke never waits for them.
/// </summary>
internal static partial class BackgroundThread
{
    private const int ThisThread = 0;
    private const int Niceness = 10;

    public static Thread Start(string name, Action body)
    {
        var thread = new Thread(() =>
        {
            GiveWay();
            body();
        }, maxStackSize: 512 << 10)
        { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    private static void GiveWay()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(ThisThread, 0, Niceness); // On Linux the calling thread alone; .NET's own priorities do nothing there.
        }
        else
        {
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int niceness);
}
