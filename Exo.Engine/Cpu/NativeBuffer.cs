namespace Exo.Engine.Cpu;

/// <summary>Floats outside the garbage-collected heap, aligned to a cache line, that grow on demand and keep nothing when they do.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private NativePages? _pages;

    public NativeBuffer(long count = 0) => Reserve(count);

    /// <summary>The first element; null while nothing was reserved.</summary>
    public float* Data { get; private set; }

    /// <summary>Elements there is room for.</summary>
    public long Count { get; private set; }

    /// <summary>Makes room for <paramref name="count"/> floats. Contents are undefined (zero at first) when it grows.</summary>
    public float* Reserve(long count)
    {
        if (count <= Count) return Data;
        Dispose();
        _pages = new NativePages(checked(count * sizeof(float)));
        Data = (float*)_pages.Data;
        Count = count;
        return Data;
    }

    public void Dispose()
    {
        _pages?.Dispose();
        _pages = null;
        Data = null;
        Count = 0;
    }
}
