using System.Runtime.InteropServices;

namespace Exo.Silo.Clustering;

/// <summary>Gives a finished file its name if nobody else has taken that name, as one step that no other process can come between.</summary>
/// <remarks>File.Move without overwriting is no such step on Unix: it looks first and renames then. A hard link is.</remarks>
internal static class ExclusiveFile
{
    private const int AlreadyExists = 17; // EEXIST, on Linux and macOS alike.

    /// <summary>True where the name is the draft's now; the draft is gone either way.</summary>
    /// <exception cref="IOException">The file system refuses, for another reason than that the name is taken.</exception>
    public static bool TryPublish(string draft, string path)
    {
        try
        {
            return OperatingSystem.IsWindows() ? TryMove(draft, path) : TryLink(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static bool TryMove(string draft, string path)
    {
        try
        {
            File.Move(draft, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    private static bool TryLink(string draft, string path)
    {
        if (Link(draft, path) == 0) return true;
        return Marshal.GetLastPInvokeError() == AlreadyExists ? false : throw new IOException($"{path} can't be written: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
