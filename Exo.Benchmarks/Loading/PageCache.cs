using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Exo.Benchmarks.Loading;

/// <summary>Makes the system forget what it holds of files. Linux; elsewhere nothing happens and the figures are warm ones.</summary>
internal static partial class PageCache
{
    private const string DropFile = "/proc/sys/vm/drop_caches";
    private const int DontNeed = 4;

    /// <summary>The whole cache may be dropped, which only an administrator may.</summary>
    public static bool CanDropAll { get; } = TryDropAll();

    public static void Drop(IEnumerable<string> paths)
    {
        if (!OperatingSystem.IsLinux() || TryDropAll()) return;
        foreach (var path in paths)
        {
            using var file = File.OpenHandle(path);
            var result = posix_fadvise(file, 0, 0, DontNeed);
            if (result != 0) throw new IOException($"{path}: posix_fadvise failed with {result}");
        }
    }

    private static bool TryDropAll()
    {
        try
        {
            File.WriteAllText(DropFile, "3");
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc")]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);
}
