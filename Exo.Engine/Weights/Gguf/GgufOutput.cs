using System.Runtime.ExceptionServices;

namespace Exo.Engine.Weights.Gguf;

/// <summary>A tensor to be written: its place in the file is fixed by shape and type, its rows are encoded as they are needed.</summary>
/// <param name="Name">As the file shall spell it.</param>
/// <param name="Shape">Row-major.</param>
/// <param name="Type">How it is stored; rows are whole blocks of it.</param>
/// <param name="EncodeRow">Fills the stored bytes of one row; called from many threads at once.</param>
internal sealed record GgufOutput(string Name, IReadOnlyList<int> Shape, DType Type, GgufRowEncoder EncodeRow)
{
    /// <summary>Encoded at a time: enough work for every core.</summary>
    private const int ChunkByteCount = 8 << 20;

    public long ByteCount => Type.ByteCount(Shape.Aggregate(1L, (product, size) => product * size));

    /// <param name="file">Where the bytes go.</param>
    /// <param name="written">Told how many bytes each chunk had.</param>
    public void WriteTo(Stream file, Action<int> written, CancellationToken cancellationToken)
    {
        var rowByteCount = checked((int)Type.ByteCount(Shape[^1]));
        var rows = checked((int)(ByteCount / rowByteCount));
        var chunkRows = Math.Clamp(ChunkByteCount / rowByteCount, 1, rows);
        var buffer = new byte[checked(chunkRows * rowByteCount)];
        for (var first = 0; first < rows; first += chunkRows)
        {
            var count = Math.Min(chunkRows, rows - first);
            Encode(first, count, rowByteCount, buffer, cancellationToken);
            file.Write(buffer, 0, count * rowByteCount);
            written(count * rowByteCount);
        }
    }

    /// <summary>Rows on all cores.</summary>
    private void Encode(int first, int count, int rowByteCount, byte[] destination, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken }, row => EncodeRow(first + row, destination.AsSpan(row * rowByteCount, rowByteCount)));
        }
        catch (AggregateException problems)
        {
            ExceptionDispatchInfo.Throw(problems.InnerExceptions[0]);
        }
    }
}

/// <param name="row">Row of the tensor, its matrices one after the other.</param>
/// <param name="destination">The row's stored bytes.</param>
internal delegate void GgufRowEncoder(int row, Span<byte> destination);
