using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>A norm's or bias's vector, widened to floats at load.</summary>
internal sealed unsafe class CpuVector : IDisposable
{
    private readonly NativeBuffer _buffer;

    /// <param name="addOne">Adds one to each element: norms that scale by (1 + weight).</param>
    public CpuVector(Tensor tensor, bool addOne = false)
    {
        Size = checked((int)tensor.Elements);
        _buffer = new NativeBuffer(Size);
        var row = new Tensor(tensor.Name, tensor.Type, [1, Size], tensor.Data);
        using var matrix = CpuMatrix.Over(row);
        matrix.WidenRow(0, _buffer.Data);
        if (!addOne) return;
        for (var i = 0; i < Size; i++) _buffer.Data[i] += 1f;
    }

    public int Size { get; }

    public float* Data => _buffer.Data;

    /// <summary>The vector of a tensor, or null where there is none.</summary>
    public static CpuVector? Of(Tensor? tensor, bool addOne = false) => tensor is null ? null : new CpuVector(tensor, addOne);

    public void Dispose() => _buffer.Dispose();
}
