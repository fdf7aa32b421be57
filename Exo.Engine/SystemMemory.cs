using System.Runtime.InteropServices;

namespace Exo.Engine;

/// <summary>
/// What systems without /proc say of the machine's memory. The runtime's own figure is the one of its last collection, and none before the first. Sources:
/// GlobalMemoryStatusEx in Microsoft's sysinfoapi.h; host_statistics64 and vm_statistics64 in Apple's mach/host_info.h and mach/vm_statistics.h.
/// </summary>
internal static unsafe partial class SystemMemory
{
    /// <summary>Bytes that processes can take without driving others to disk, cached files that can be given up included; null where the system doesn't say.</summary>
    public static long? Available() =>
        OperatingSystem.IsWindows() ? OnWindows() : OperatingSystem.IsMacOS() ? OnMacOS() : null;

    private static long? OnWindows()
    {
        var status = new MemoryStatus { Length = (uint)sizeof(MemoryStatus) };
        return GlobalMemoryStatusEx(&status) != 0 ? (long)status.AvailablePhysical : null;
    }

    private static long? OnMacOS()
    {
        const int VmInfo64 = 4;
        var statistics = default(VmStatistics);
        var count = (uint)(sizeof(VmStatistics) / sizeof(int));
        // Pages of no use to anybody, those read ahead among them, and those not used lately.
        return host_statistics64(mach_host_self(), VmInfo64, &statistics, &count) == 0
            ? ((long)statistics.Free + statistics.Inactive) * Environment.SystemPageSize
            : null;
    }

    [LibraryImport("kernel32")]
    private static partial int GlobalMemoryStatusEx(MemoryStatus* status);

    [LibraryImport("libSystem")]
    private static partial uint mach_host_self();

    [LibraryImport("libSystem")]
    private static partial int host_statistics64(uint host, int flavor, VmStatistics* statistics, uint* count);

    /// <summary>MEMORYSTATUSEX</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct MemoryStatus
    {
        public uint Length, Load;
        public ulong TotalPhysical, AvailablePhysical;
    }

    /// <summary>vm_statistics64, as far as it is read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 152)]
    private struct VmStatistics
    {
        [FieldOffset(0)]
        public uint Free;

        [FieldOffset(8)]
        public uint Inactive;
    }
}
