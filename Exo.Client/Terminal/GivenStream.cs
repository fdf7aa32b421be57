using System.Runtime.InteropServices;

namespace Exo.Client.Terminal;

/// <summary>Whether the program was given a standard stream, or started with it closed: <c>exo run m &lt;&amp;-</c>.</summary>
internal static class GivenStream
{
    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;

    /// <summary>
    /// A descriptor that has come through a program's start is none that closes there. Where one was closed, its number has gone to a file of the runtime's own, all of
    /// which close at the next start: a pipe that brings nothing, ever, or a file that takes nothing.
    /// </summary>
    /// <param name="descriptor">0, 1 or 2.</param>
    public static bool Is(int descriptor) => OperatingSystem.IsWindows() || (Flags(descriptor, GetDescriptorFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0);

    [DllImport("libc", EntryPoint = "fcntl")]
    private static extern int Flags(int descriptor, int command);
}
