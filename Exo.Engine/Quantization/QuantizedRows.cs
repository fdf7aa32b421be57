using Exo.Engine.Weights;

namespace Exo.Engine.Quantization;

/// <summary>The rows of a floating-point matrix, or of a stack of them, quantized as they are read.</summary>
/// <param name="source">The matrix or stack as it is stored.</param>
/// <param name="type">The format, whose blocks its rows fill.</param>
internal sealed class QuantizedRows(Tensor source, DType type) : IRowMaker
{
    private readonly WeightRows _rows = new(source);

    public Tensor Source => source;

    public IRowMaker Slice(int index) => new QuantizedRows(source.Slice(index), type);

    public void Make(int row, Span<byte> destination) => _rows.Encode(row, type, destination);
}
