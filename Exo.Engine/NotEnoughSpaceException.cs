namespace Exo.Engine;

/// <summary>A disk has no room for a file that is to be written.</summary>
public sealed class NotEnoughSpaceException(string message, Exception? inner = null) : IOException(message, inner)
{
    private const int NoSpaceUnix = 28;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    /// <param name="path">The file, absolute; its folder exists.</param>
    /// <param name="byteCount">Bytes it will have.</param>
    /// <exception cref="NotEnoughSpaceException">Fewer are free.</exception>
    internal static void ThrowIfMissing(string path, long byteCount)
    {
        var free = new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
        if (free < byteCount) throw new NotEnoughSpaceException($"{path} needs {Mebibytes(byteCount)} MiB, the disk has {Mebibytes(free)} MiB free: make room or write elsewhere");
    }

    /// <summary>Whether a write failed because the disk, or its owner's share of it, is full.</summary>
    internal static bool IsReasonOf(IOException failure) => failure.HResult is NoSpaceUnix or QuotaLinux or QuotaMac or DiskFullWindows;

    /// <summary>There was room when the writing began, and others took it.</summary>
    internal static NotEnoughSpaceException Meanwhile(string path, IOException failure) =>
        new($"the disk became full while {path} was being written, and nothing of it was kept: make room or write elsewhere", failure);

    private static long Mebibytes(long byteCount) => (byteCount + (1 << 20) - 1) >> 20;
}
