namespace Exo.Engine;

/// <summary>A disk has no room for a file that is to be written.</summary>
public sealed class NotEnoughSpaceException(string message) : IOException(message)
{
    /// <param name="path">The file, absolute; its folder exists.</param>
    /// <param name="byteCount">Bytes it will have.</param>
    /// <exception cref="NotEnoughSpaceException">Fewer are free.</exception>
    internal static void ThrowIfMissing(string path, long byteCount)
    {
        var free = new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
        if (free < byteCount) throw new NotEnoughSpaceException($"{path} needs {Mebibytes(byteCount)} MiB, the disk has {Mebibytes(free)} MiB free: make room or write elsewhere");
    }

    private static long Mebibytes(long byteCount) => (byteCount + (1 << 20) - 1) >> 20;
}
