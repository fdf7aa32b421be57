using System.Runtime.InteropServices;
using Exo.Engine.Weights;

namespace Exo.Engine.Quantization;

/// <summary>
/// Another source's tensors, its matrices quantized into memory of its own as they are asked for, each once; the pages they came from are let go.
/// Vectors, and matrices whose rows fill no format's blocks, stay where they are mapped.
/// </summary>
/// <param name="inner">Where the tensors are mapped; disposed with this.</param>
/// <param name="choose">The format of a plain matrix, or null where it stays as it is.</param>
internal sealed unsafe class QuantizingSource(IWeightSource inner, Func<Tensor, DType?> choose) : IWeightSource
{
    /// <summary>How far reading goes before the quantizing.</summary>
    private const long LeadByteCount = 128L << 20;

    private readonly Dictionary<string, Tensor> _made = new(StringComparer.Ordinal);
    private readonly List<IntPtr> _memory = [];
    private readonly Lock _lock = new();
    private long _saved;
    private bool _disposed;

    public IReadOnlyCollection<string> Names => inner.Names;

    /// <summary>Bytes of all tensors together, as far as they are quantized by now.</summary>
    public long ByteCount => inner.ByteCount - Interlocked.Read(ref _saved);

    public string FileOf(string name) => inner.FileOf(name);

    public Tensor? Find(string name)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_made.TryGetValue(name, out var made)) return made;
            if (inner.Find(name) is not { } tensor) return null;
            return FormatOf(tensor, choose) is { } type ? _made[name] = Quantize(tensor, type) : tensor;
        }
    }

    /// <summary>Quantizes what will be looked up, reading ahead of the work.</summary>
    /// <param name="tensors">The tensors as the inner source has them, those needed first in front.</param>
    /// <param name="progress">Told the share of the bytes that are done, 0 to 1, rising.</param>
    /// <returns>Tensors that were quantized.</returns>
    public int Prepare(IReadOnlyList<Tensor> tensors, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var (total, done, read, next) = (Math.Max(1, tensors.Sum(tensor => tensor.ByteCount)), 0L, 0L, 0);
        foreach (var tensor in tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (; next < tensors.Count && read < done + LeadByteCount; read += tensors[next++].ByteCount) PageAdvice.ReadAhead(tensors[next].Data, tensors[next].ByteCount);
            Find(tensor.Name);
            progress?.Report((done += tensor.ByteCount) / (double)total);
        }

        lock (_lock) return _made.Count;
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

    /// <summary>The format that a tensor takes: only plain matrices, and only where they shrink; null for the others.</summary>
    public static DType? FormatOf(Tensor tensor, Func<Tensor, DType?> choose)
    {
        if (tensor.Shape.Count != 2 || tensor.Elements == 0 || tensor.Type is not (DType.F32 or DType.F16 or DType.BF16)) return null;
        return choose(tensor) is { } type && type.ByteCount(tensor.Elements) < tensor.ByteCount ? type : null;
    }

    private Tensor Quantize(Tensor tensor, DType type)
    {
        const int Alignment = 64;
        var rowByteCount = type.ByteCount(tensor.Columns);
        var byteCount = type.ByteCount(tensor.Elements);
        var data = (byte*)NativeMemory.AlignedAlloc((nuint)byteCount, Alignment);
        _memory.Add((IntPtr)data);
        var rows = new WeightRows(tensor);
        Parallel.For(0, tensor.Rows, row => rows.Encode(row, type, new Span<byte>(data + row * rowByteCount, (int)rowByteCount)));
        PageAdvice.GiveBack(tensor.Data, tensor.ByteCount);
        Interlocked.Add(ref _saved, tensor.ByteCount - byteCount);
        return new Tensor(tensor.Name, type, [.. tensor.Shape], data);
    }
}
