namespace Exo.Engine.Weights;

/// <summary>
/// A view of one stored tensor, row-major, at the address where its file is mapped; or one whose rows are made from such a one as they are read. It
/// does not own the memory: the <see cref="IWeightSource"/> it came from must outlive it.
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

    /// <summary>A tensor whose rows are made as they are read.</summary>
    /// <param name="maker">Makes them.</param>
    /// <param name="type">The format they are made in.</param>
    internal Tensor(IRowMaker maker, DType type)
        : this(maker.Source.Name, type, [.. maker.Source.Shape], null) => Maker = maker;

    public string Name { get; }

    public DType Type { get; }

    /// <summary>Dimensions, outermost first: [outputSize, inputSize] for a projection.</summary>
    public IReadOnlyList<int> Shape { get; }

    public long Elements { get; }

    public long ByteCount { get; }

    /// <summary>Whether the bytes lie in a mapped file: given back to the system, they come again from there when they are read.</summary>
    public bool IsMapped { get; init; }

    /// <summary>Whether the rows are made as they are read, so that the tensor takes no memory: <see cref="Data"/> is null then, and <see cref="CopyRows"/> the way to them.</summary>
    public bool IsMade => Maker is not null;

    /// <summary>Who makes the rows; null for a stored tensor.</summary>
    internal IRowMaker? Maker { get; }

    /// <summary>The bytes that are read for its rows: the tensor's own, or those of what they are made from.</summary>
    internal Tensor Stored => Maker?.Source ?? this;

    /// <summary>The first stored byte; null where the rows are made.</summary>
    public byte* Data => _data;

    /// <summary>Rows of a matrix; 1 for a vector.</summary>
    public int Rows => Shape.Count < 2 ? 1 : checked((int)(Elements / Shape[^1]));

    /// <summary>Elements of one row.</summary>
    public int Columns => Shape.Count == 0 ? 1 : Shape[^1];

    /// <summary>One matrix of a stack: [rows, columns] out of [count, rows, columns]. Where the stack's rows are made, so are the matrix's, from that part of what is stored.</summary>
    /// <exception cref="InvalidOperationException">The tensor is no stack of matrices.</exception>
    internal Tensor Slice(int index)
    {
        if (Shape.Count != 3) throw new InvalidOperationException($"{Name} has {Shape.Count} dimensions: it is no stack of matrices.");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Shape[0]);
        return Maker is { } maker
            ? new Tensor(maker.Slice(index), Type)
            : new Tensor($"{Name}[{index}]", Type, [Shape[1], Shape[2]], _data + index * (ByteCount / Shape[0])) { IsMapped = IsMapped };
    }

    /// <summary>The stored bytes of rows <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/>, at most 2 GiB.</summary>
    /// <exception cref="InvalidOperationException">The rows are made as they are read.</exception>
    public ReadOnlySpan<byte> RowBytes(int start, int count)
    {
        if (IsMade) throw new InvalidOperationException($"The rows of {Name} are made as they are read; copy them.");
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Rows);
        var rowByteCount = Type.ByteCount(Columns);
        return new ReadOnlySpan<byte>(_data + start * rowByteCount, checked((int)(count * rowByteCount)));
    }

    /// <summary>Copies rows, or makes them.</summary>
    /// <param name="destination">[<paramref name="count"/>, bytes of a row], overwritten.</param>
    /// <exception cref="InvalidModelException">A row can't be made from what is there.</exception>
    public void CopyRows(int start, int count, Span<byte> destination)
    {
        if (Maker is not { } maker)
        {
            RowBytes(start, count).CopyTo(destination);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Rows);
        var rowByteCount = checked((int)Type.ByteCount(Columns));
        for (var i = 0; i < count; i++) maker.Make(start + i, destination.Slice(i * rowByteCount, rowByteCount));
    }
}
