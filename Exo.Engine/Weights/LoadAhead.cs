namespace Exo.Engine.Weights;

/// <summary>Has the system read tensors some way ahead of the work that takes them one after the other.</summary>
/// <param name="inOrder">The mapped tensors, in the order in which they are taken.</param>
internal sealed class LoadAhead(IEnumerable<Tensor> inOrder)
{
    /// <summary>How far reading goes before the work.</summary>
    private const long LeadByteCount = 128L << 20;

    private readonly Queue<Tensor> _unasked = new(inOrder);
    private long _askedByteCount, _takenByteCount;

    /// <summary>The work takes up a tensor; what is within reach behind it is asked for.</summary>
    public unsafe void Take(Tensor tensor)
    {
        _takenByteCount += tensor.ByteCount;
        while (_askedByteCount < _takenByteCount + LeadByteCount && _unasked.TryDequeue(out var next))
        {
            PageAdvice.ReadAhead(next.Data, next.ByteCount);
            _askedByteCount += next.ByteCount;
        }
    }
}
