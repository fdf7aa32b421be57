using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Exo.Hub.Slices;

/// <summary>
/// Makes a file whose holes take no room. Unix file systems do so by themselves; NTFS must be told before the file grows, or a slice
/// would take the whole model's room.
/// </summary>
internal static partial class SparseFile
{
    private const uint SetSparse = 0x000900C4; // FSCTL_SET_SPARSE

    /// <summary>Makes the file at its full length where there is none yet.</summary>
    public static void Make(string path, long byteCount)
    {
        if (!OperatingSystem.IsWindows() || File.Exists(path)) return;
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        _ = DeviceIoControl(file, SetSparse, 0, 0, 0, 0, out _, 0); // A file system that cannot (FAT) gives the room instead.
        RandomAccess.SetLength(file, byteCount);
    }

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool DeviceIoControl(
        SafeFileHandle file, uint code, nint input, uint inputSize, nint output, uint outputSize, out uint returned, nint overlapped);
}
