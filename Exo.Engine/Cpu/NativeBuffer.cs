using System.Runtime.InteropServices;

namespace Exo.Engine.Cpu;

/// <summary>Floats outside the garbage-collected heap, aligned to a cache line, that grow on demand and keep nothing when they do.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;

    private float* _data;

    public NativeBuffer(long count = 0) => Reserve(count);

    ~NativeBuffer() => Free();

    /// <summary>The first element; null while nothing was reserved.</summary>
    public float* Data => _data;

    /// <summary>Elements there is room for.</summary>
    public long Count { get; private set; }

    /// <summary>Makes room for <paramref name="count"/> floats. Contents are undefined (zero at first) when it grows.</summary>
    public float* Reserve(long count)
    {
        if (count <= Count) return _data;
        Free();
        _data = (float*)NativeMemory.AlignedAlloc(checked((nuint)(count * sizeof(float))), Alignment);
        NativeMemory.Clear(_data, (nuint)(count * sizeof(float)));
        Count = count;
        return _data;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_data is not null) NativeMemory.AlignedFree(_data);
        _data = null;
        Count = 0;
    }
}
