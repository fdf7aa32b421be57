using System.Runtime.InteropServices;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu;

/// <summary>
/// Zeroed memory outside the garbage-collected heap, aligned to a cache line. A large one is a mapping of its own: its pages come when
/// they are touched, and all go back to the system on <see cref="Dispose"/>. A C library's heap keeps freed blocks of up to 32 MiB
/// for itself, so that an unloaded model would stay in memory.
/// </summary>
internal sealed unsafe partial class NativePages : IDisposable
{
    private const nuint LargePage = 2 << 20;
    private const nuint CacheLine = 64;

    /// <summary>Less comes from the C library: a mapping costs a call and whole pages.</summary>
    private const nuint LeastMapped = 256 << 10;

    private readonly nuint _mappedByteCount;

    /// <param name="preferLarge">Whether the system is asked for large pages: for what is read whole, over and over.</param>
    /// <exception cref="OutOfMemoryException">The system has no room.</exception>
    public NativePages(long byteCount, bool preferLarge = false)
    {
        var size = (nuint)Math.Max(1, byteCount);
        var alignment = preferLarge && size >= 2 * LargePage ? LargePage : CacheLine;
        Data = size < LeastMapped ? null : Map(size, alignment, out _mappedByteCount);
        if (Data is null)
        {
            Data = (byte*)NativeMemory.AlignedAlloc(size, alignment);
            NativeMemory.Clear(Data, size);
        }
        else if (preferLarge)
        {
            PageAdvice.PreferLarge(Data, byteCount);
        }
    }

    ~NativePages() => Free();

    /// <summary>The first byte; null when disposed.</summary>
    public byte* Data { get; private set; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (Data is null) return;
        if (_mappedByteCount > 0) _ = munmap(Data, _mappedByteCount);
        else NativeMemory.AlignedFree(Data);
        Data = null;
    }

    /// <returns>Null where the system has no such call, or refuses it: a process may have only so many mappings.</returns>
    private static byte* Map(nuint byteCount, nuint alignment, out nuint mappedByteCount)
    {
        const int ReadAndWrite = 3, Private = 2;
        mappedByteCount = 0;
        int anonymous;
        if (OperatingSystem.IsLinux()) anonymous = 0x20;
        else if (OperatingSystem.IsMacOS()) anonymous = 0x1000;
        else return null;

        // 1. Enough that an aligned start lies in it.
        var page = (nuint)Environment.SystemPageSize;
        var size = (byteCount + page - 1) / page * page;
        var spare = alignment > page ? alignment - page : 0;
        var start = mmap(null, size + spare, ReadAndWrite, Private | anonymous, -1, 0);
        if ((nint)start == -1) return null;

        // 2. What lies before and after goes back at once.
        var before = spare == 0 ? 0 : (alignment - (nuint)start % alignment) % alignment;
        if (before > 0) _ = munmap(start, before);
        if (spare > before) _ = munmap(start + before + size, spare - before);
        mappedByteCount = size;
        return start + before;
    }

    [LibraryImport("libc")]
    private static partial byte* mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int munmap(void* address, nuint length);
}
