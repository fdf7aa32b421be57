namespace Exo.Engine.Weights;

/// <summary>
/// A view of one stored tensor, row-major, at the address where its file is mapped. It does not own the memory:
/// the <see cref="IWeightSource"/> it came from must outlive it.
/// </summary>
public sealed unsafe class Tensor
{
    private readonly byte* _data;

    /// <param name="name">The name in the file.</param>
    /// <param name="type">How the elements are stored.</param>
    /// <param name="shape">Dimensions, outermost first; the last one is contiguous.</param>
    /// <param name="data">First byte; must stay valid as long as the tensor is used.</param>
    public Tensor(string name, DType type, ReadOnlySpan<int> shape, byte* data)
    {
        Name = name;
        Type = type;
        Shape = shape.ToArray();
        _data = data;
        long elements = 1;
        foreach (var dimension in shape) elements *= dimension;
        Elements = elements;
        ByteCount = type.ByteCount(elements);
    }

    public string Name { get; }

    public DType Type { get; }

    /// <summary>Dimensions, outermost first: [outputSize, inputSize] for a projection.</summary>
    public IReadOnlyList<int> Shape { get; }

    public long Elements { get; }

    public long ByteCount { get; }

    /// <summary>Whether the bytes lie in a mapped file: given back to the system, they come again from there when they are read.</summary>
    public bool IsMapped { get; init; }

    /// <summary>The first stored byte.</summary>
    public byte* Data => _data;

    /// <summary>Rows of a matrix; 1 for a vector.</summary>
    public int Rows => Shape.Count < 2 ? 1 : checked((int)(Elements / Shape[^1]));

    /// <summary>Elements of one row.</summary>
    public int Columns => Shape.Count == 0 ? 1 : Shape[^1];

    /// <summary>The stored bytes of rows <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/>, at most 2 GiB.</summary>
    public ReadOnlySpan<byte> RowBytes(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Rows);
        var rowByteCount = Type.ByteCount(Columns);
        return new ReadOnlySpan<byte>(_data + start * rowByteCount, checked((int)(count * rowByteCount)));
    }
}
