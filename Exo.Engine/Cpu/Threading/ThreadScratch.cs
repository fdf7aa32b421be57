namespace Exo.Engine.Cpu.Threading;

/// <summary>Scratch memory of each compute thread, shared by all jobs of a shard: they run one after the other.</summary>
internal sealed unsafe class ThreadScratch : IDisposable
{
    private readonly NativeBuffer[] _buffers;

    public ThreadScratch(int threads)
    {
        _buffers = new NativeBuffer[threads];
        for (var i = 0; i < threads; i++) _buffers[i] = new NativeBuffer();
    }

    /// <summary>Makes room for <paramref name="count"/> floats on every thread. Never while a job runs.</summary>
    public void Reserve(int count)
    {
        foreach (var buffer in _buffers) buffer.Reserve(count);
    }

    /// <summary>The first float of a thread's scratch memory; contents undefined.</summary>
    public float* Of(int thread) => _buffers[thread].Data;

    public void Dispose()
    {
        foreach (var buffer in _buffers) buffer.Dispose();
    }
}
