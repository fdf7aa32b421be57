using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Exo.Engine.Weights;

/// <summary>
/// A whole file mapped read-only. Pointers into it are good until it is disposed; a file that another program cuts short
/// while it is mapped ends the process, as for every mapping.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private bool _disposed;

    private MappedFile(string path, long length, MemoryMappedFile file, MemoryMappedViewAccessor view)
    {
        Path = path;
        Length = length;
        _file = file;
        _view = view;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Data = start + view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>The first byte.</summary>
    public byte* Data { get; }

    /// <exception cref="InvalidModelException">The file is missing, empty, cannot be read or is a Git LFS pointer.</exception>
    public static MappedFile Open(string path)
    {
        var file = Map(path);
        try
        {
            LfsPointer.Refuse(path, file.Bytes(0, (int)Math.Min(file.Length, int.MaxValue)));
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static MappedFile Map(string path)
    {
        if (Directory.Exists(path)) throw new InvalidModelException(path, null, "is a folder, not a file");
        MemoryMappedFile? file = null;
        try
        {
            // Sharing everything takes no lock: others may read, replace or delete the file meanwhile.
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            var length = LengthOrDispose(handle, path);
            file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new MappedFile(path, length, file, file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            file?.Dispose();
            var missing = problem is FileNotFoundException or DirectoryNotFoundException;
            throw new InvalidModelException(path, null, missing ? "the file is missing" : $"cannot be read: {problem.Message}", problem);
        }
    }

    /// <summary>The bytes from <paramref name="start"/>, at most 2 GiB.</summary>
    public ReadOnlySpan<byte> Bytes(long start, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - count);
        return new ReadOnlySpan<byte>(Data + start, count);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static long LengthOrDispose(SafeFileHandle handle, string path)
    {
        try
        {
            var length = RandomAccess.GetLength(handle);
            return length > 0 ? length : throw new InvalidModelException(path, null, "the file is empty");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}
