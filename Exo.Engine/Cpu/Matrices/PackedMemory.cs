using System.Runtime.InteropServices;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>Memory of a packed matrix: contents undefined at first, in large pages where the system gives them.</summary>
internal sealed unsafe class PackedMemory : IDisposable
{
    private const nuint LargePage = 2 << 20;
    private const nuint CacheLine = 64;

    public PackedMemory(long byteCount)
    {
        var size = (nuint)Math.Max(1, byteCount);
        Data = (byte*)NativeMemory.AlignedAlloc(size, size >= 2 * LargePage ? LargePage : CacheLine);
        PageAdvice.PreferLarge(Data, byteCount);
    }

    ~PackedMemory() => Free();

    public byte* Data { get; private set; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Data);
        Data = null;
    }
}
