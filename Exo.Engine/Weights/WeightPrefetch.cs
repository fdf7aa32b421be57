namespace Exo.Engine.Weights;

/// <summary>
/// Brings tensors' pages into memory in the background, in the order given, so that a pass through the layers meets them
/// already read. Dispose it before the tensors' <see cref="IWeightSource"/>: that stops it and waits for the last chunk.
/// </summary>
public sealed unsafe class WeightPrefetch : IDisposable
{
    /// <summary>One request to the system: small enough to stop quickly, large enough for a disk to run at full speed.</summary>
    private const long ChunkByteCount = 4 << 20;

    private readonly Tensor[] _tensors;
    private readonly CancellationTokenSource _stop;
    private readonly Lock _cursor = new();
    private int _tensor;
    private long _offset;
    private long _done;

    private WeightPrefetch(Tensor[] tensors, int workers, CancellationToken cancellationToken)
    {
        _tensors = tensors;
        ByteCount = tensors.Sum(tensor => tensor.ByteCount);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Completion = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(
            Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    /// <summary>Bytes to bring in altogether.</summary>
    public long ByteCount { get; }

    /// <summary>Bytes brought in so far.</summary>
    public long DoneByteCount => Interlocked.Read(ref _done);

    /// <summary>Ends when everything is in memory or the work was stopped; never fails.</summary>
    public Task Completion { get; }

    /// <summary>Starts at once and returns.</summary>
    /// <param name="inOrder">The tensors, those needed first in front.</param>
    /// <param name="workers">Requests in flight: a solid-state disk wants several.</param>
    /// <param name="cancellationToken">Stops the work after the chunk in hand.</param>
    public static WeightPrefetch Start(IEnumerable<Tensor> inOrder, int workers = 4, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        return new WeightPrefetch([.. inOrder], workers, cancellationToken);
    }

    public void Dispose()
    {
        _stop.Cancel();
        Completion.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private void Work()
    {
        while (!_stop.IsCancellationRequested && Next(out var start, out var byteCount))
        {
            PageAdvice.ReadAhead(start, byteCount); // large requests at once, where faults would ask for little by little
            PageAdvice.Populate(start, byteCount);
            Interlocked.Add(ref _done, byteCount);
        }
    }

    private bool Next(out byte* start, out long byteCount)
    {
        lock (_cursor)
        {
            while (_tensor < _tensors.Length && _offset >= _tensors[_tensor].ByteCount)
            {
                _tensor++;
                _offset = 0;
            }

            start = null;
            byteCount = 0;
            if (_tensor == _tensors.Length) return false;
            start = _tensors[_tensor].Data + _offset;
            byteCount = Math.Min(ChunkByteCount, _tensors[_tensor].ByteCount - _offset);
            _offset += byteCount;
            return true;
        }
    }
}
