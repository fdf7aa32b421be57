using Exo.Engine.Weights;

namespace Exo.Engine.Quantization;

/// <summary>
/// Another source's tensors, the rows of its matrices quantized as they are read. It has no memory of its own: whoever takes a matrix up, into whatever form, is its only
/// holder. Vectors, and matrices whose rows fill no format's blocks, are the other source's own.
/// </summary>
/// <param name="inner">Where the tensors are mapped; disposed with this.</param>
/// <param name="choose">The format of a plain matrix, or null where it stays as it is.</param>
internal sealed class QuantizingSource(IWeightSource inner, Func<Tensor, DType?> choose) : IWeightSource
{
    private readonly Dictionary<string, Tensor> _quantized = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private long _saved;
    private bool _disposed;

    public IReadOnlyCollection<string> Names => inner.Names;

    /// <summary>Bytes of all tensors together, those quantized that were looked up by now.</summary>
    public long ByteCount => inner.ByteCount - Interlocked.Read(ref _saved);

    public string FileOf(string name) => inner.FileOf(name);

    public Tensor? Find(string name)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_quantized.TryGetValue(name, out var known)) return known;
            if (inner.Find(name) is not { } stored) return null;
            if (FormatOf(stored, choose) is not { } type) return stored;
            var quantized = _quantized[name] = new Tensor(new QuantizedRows(stored, type), type);
            Interlocked.Add(ref _saved, stored.ByteCount - quantized.ByteCount);
            return quantized;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            inner.Dispose();
        }
    }

    /// <summary>The format that a tensor takes: only plain matrices and stacks of them, and only where they shrink; null for the others. A stack's is each of its matrices'.</summary>
    public static DType? FormatOf(Tensor tensor, Func<Tensor, DType?> choose)
    {
        if (tensor.Shape.Count is not (2 or 3) || tensor.Elements == 0 || tensor.Type is not (DType.F32 or DType.F16 or DType.BF16)) return null;
        return choose(tensor) is { } type && type.ByteCount(tensor.Elements) < tensor.ByteCount ? type : null;
    }
}
