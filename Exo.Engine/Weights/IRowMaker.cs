namespace Exo.Engine.Weights;

/// <summary>Makes a tensor's rows whenever they are read: as they are made they lie in no memory.</summary>
internal interface IRowMaker
{
    /// <summary>What they are made from, row for row.</summary>
    Tensor Source { get; }

    /// <summary>Makes one row. Thread-safe.</summary>
    /// <param name="row">0 to the source's rows.</param>
    /// <param name="destination">The row's bytes in the made format, overwritten.</param>
    /// <exception cref="InvalidModelException">The row can't be made from what is there.</exception>
    void Make(int row, Span<byte> destination);

    /// <summary>Makes the rows of one matrix of a stack: see <see cref="Tensor.Slice"/>.</summary>
    IRowMaker Slice(int index);
}
