using System.Diagnostics;
using Exo.Engine.Backends;
using Exo.Engine.Models;

namespace Exo.Benchmarks.Stepping;

/// <summary>A shard that knows how long its passes take and what they allocate on their thread.</summary>
internal sealed class MeteredShard(IShard inner) : IShard
{
    private long _ticks, _first, _allocated;

    /// <summary>Of all passes since the reset.</summary>
    public TimeSpan Time => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticks));

    /// <summary>Of the first pass since the reset, the prompt's.</summary>
    public TimeSpan First => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _first));

    public long AllocatedByteCount => Interlocked.Read(ref _allocated);

    public DecoderSpec Spec => inner.Spec;

    public LayerRange Layers => inner.Layers;

    public int KvBlockCount => inner.KvBlockCount;

    public long KvBlockByteCount => inner.KvBlockByteCount;

    public long PendingByteCount => inner.PendingByteCount;

    public void Reset() => (_ticks, _first, _allocated) = (0, 0, 0);

    public StepOutput Forward(StepInput step, CancellationToken cancellationToken = default)
    {
        var (start, bytes) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        var output = inner.Forward(step, cancellationToken);
        var ticks = Stopwatch.GetTimestamp() - start;
        Interlocked.CompareExchange(ref _first, ticks, 0);
        Interlocked.Add(ref _ticks, ticks);
        Interlocked.Add(ref _allocated, GC.GetAllocatedBytesForCurrentThread() - bytes);
        return output;
    }

    public void Dispose() => inner.Dispose();
}
