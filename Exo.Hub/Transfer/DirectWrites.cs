using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Exo.Hub.Transfer;

/// <summary>
/// Writes past the page cache (O_DIRECT), where the system and the file system can. A download of many gigabytes then throws nothing out of the cache that a
/// running model reads, and the core is not busy inside the system with copying and finding pages while a timer waits for it.
/// </summary>
internal sealed partial class DirectWrites : IDisposable
{
    private const int SetFlags = 4;

    private readonly SafeFileHandle _file;

    private DirectWrites(SafeFileHandle file) => _file = file;

    /// <summary>Opens a file that exists; null where it can't be written so.</summary>
    public static DirectWrites? Open(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var flag = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (Fcntl(file, SetFlags, flag) == 0) return new DirectWrites(file);
        file.Dispose();
        return null;
    }

    /// <summary>Writes bytes whose address, position and count are multiples of <see cref="Block.Alignment"/>.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Write(ReadOnlySpan<byte> bytes, long position) => RandomAccess.Write(_file, bytes, position);

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, int argument);
}
