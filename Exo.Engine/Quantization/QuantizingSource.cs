using System.Runtime.InteropServices;
using Exo.Engine.Weights;

namespace Exo.Engine.Quantization;

/// <summary>
/// Another source's tensors, its matrices quantized into memory of its own as they are asked for, each once. Vectors, and matrices whose rows don't
/// fill the format's blocks, stay where they are mapped.
/// </summary>
internal sealed unsafe class QuantizingSource(IWeightSource inner, DType type, Func<string, bool> keeps) : IWeightSource
{
    private readonly Dictionary<string, Tensor> _made = new(StringComparer.Ordinal);
    private readonly List<IntPtr> _memory = [];
    private readonly Lock _lock = new();
    private bool _disposed;

    public IReadOnlyCollection<string> Names => inner.Names;

    public long ByteCount => inner.ByteCount;

    public string FileOf(string name) => inner.FileOf(name);

    public Tensor? Find(string name)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_made.TryGetValue(name, out var made)) return made;
            if (inner.Find(name) is not { } tensor) return null;
            return Quantizes(tensor) ? _made[name] = Quantize(tensor) : tensor;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            foreach (var pointer in _memory) NativeMemory.AlignedFree((void*)pointer);
            inner.Dispose();
        }
    }

    /// <summary>Plain matrices that would shrink.</summary>
    private bool Quantizes(Tensor tensor) =>
        tensor.Shape.Count == 2 && tensor.Type is DType.F32 or DType.F16 or DType.BF16 && tensor.Columns % type.BlockSize() == 0 && tensor.Elements > 0 && !keeps(tensor.Name);

    private Tensor Quantize(Tensor tensor)
    {
        const int Alignment = 64;
        var rowByteCount = type.ByteCount(tensor.Columns);
        var data = (byte*)NativeMemory.AlignedAlloc((nuint)type.ByteCount(tensor.Elements), Alignment);
        _memory.Add((IntPtr)data);
        var rows = new WeightRows(tensor);
        Parallel.For(0, tensor.Rows, row => rows.Encode(row, type, new Span<byte>(data + row * rowByteCount, (int)rowByteCount)));
        return new Tensor(tensor.Name, type, [.. tensor.Shape], data);
    }
}
