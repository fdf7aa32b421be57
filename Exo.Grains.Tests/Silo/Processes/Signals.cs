using System.Runtime.InteropServices;

namespace Exo.Grains.Tests.Silo.Processes;

/// <summary>Signals to processes that a test has started.</summary>
internal static partial class Signals
{
    public const int Kill = 9;

    public const int Terminate = 15;

    public static readonly int Continue = OperatingSystem.IsMacOS() ? 19 : 18;

    public static readonly int Stop = OperatingSystem.IsMacOS() ? 17 : 19;

    /// <exception cref="InvalidOperationException">There is no such process any more.</exception>
    public static void Send(int processId, int signal)
    {
        if (SendSignal(processId, signal) != 0) throw new InvalidOperationException($"signal {signal} to process {processId} failed with errno {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}
