using System.Runtime.InteropServices;

namespace Exo.Client.Terminal;

/// <summary>Whose turn it is at a terminal that a shell runs several jobs on.</summary>
internal static class JobControl
{
    /// <summary>
    /// The process is a background job: the terminal is the shell's or another job's, and who reads its keys or sets its modes now is stopped. A terminal that knows no
    /// jobs, because it is not the one that controls the process, has no background.
    /// </summary>
    public static bool IsInBackground => !OperatingSystem.IsWindows() && (IsBehind(0) || IsBehind(2));

    /// <summary>-1 is for what is no terminal; 0 stands for a group of another process namespace, on both sides alike.</summary>
    private static bool IsBehind(int descriptor) => ForegroundGroup(descriptor) is >= 0 and var group && group != OwnGroup();

    [DllImport("libc", EntryPoint = "tcgetpgrp")]
    private static extern int ForegroundGroup(int descriptor);

    [DllImport("libc", EntryPoint = "getpgrp")]
    private static extern int OwnGroup();
}
