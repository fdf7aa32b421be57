using Exo.Engine.Weights;

namespace Exo.Engine.Quantization;

/// <summary>The rows of a floating-point matrix, quantized as they are read.</summary>
/// <param name="source">The matrix as it is stored.</param>
/// <param name="type">The format, whose blocks its rows fill.</param>
internal sealed class QuantizedRows(Tensor source, DType type) : IRowMaker
{
    private readonly WeightRows _rows = new(source);

    public Tensor Source => source;

    public void Make(int row, Span<byte> destination) => _rows.Encode(row, type, destination);
}
