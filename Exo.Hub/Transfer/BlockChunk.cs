using System.Runtime.InteropServices;

namespace Exo.Hub.Transfer;

/// <summary>
/// Memory for some blocks, in large pages where the system gives them: two thousand times four KiB at once, which the system hands out with turns for
/// other threads in between. It is freed with its last block.
/// </summary>
internal sealed unsafe partial class BlockChunk
{
    private const int LargePage = 2 << 20;
    private const int ByteCount = 2 * LargePage;
    private const int HugePageAdvice = 14;

    private static readonly Lock Gate = new();
    private static BlockChunk? _current;

    private readonly byte* _memory;
    private int _given;
    private int _returned;

    private BlockChunk()
    {
        _memory = (byte*)NativeMemory.AlignedAlloc(ByteCount, LargePage);
        if (OperatingSystem.IsLinux()) _ = madvise(_memory, ByteCount, HugePageAdvice); // Advice: without it all is as well, and slower.
    }

    /// <summary>Takes a block's memory, aligned to a page; contents undefined.</summary>
    public static (BlockChunk Chunk, nint Memory) Take()
    {
        lock (Gate)
        {
            var chunk = _current ??= new BlockChunk();
            var memory = (nint)(chunk._memory + (long)chunk._given++ * Block.Size);
            if ((chunk._given + 1) * Block.Size > ByteCount) _current = null;
            return (chunk, memory);
        }
    }

    /// <summary>One of its blocks is no longer used.</summary>
    public void Return()
    {
        lock (Gate)
        {
            if (++_returned < _given) return;
            if (_current == this) _current = null;
            NativeMemory.AlignedFree(_memory);
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);
}
