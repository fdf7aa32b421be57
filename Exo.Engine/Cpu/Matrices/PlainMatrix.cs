using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>A matrix of floating-point elements, multiplied where its file is mapped: no copy, nothing repacked.</summary>
internal sealed unsafe class PlainMatrix<TElement> : CpuMatrix
    where TElement : struct, IElement
{
    private readonly byte* _data;
    private readonly long _rowByteCount;

    public PlainMatrix(Tensor tensor)
        : base(tensor.Name, tensor.Rows, tensor.Columns)
    {
        _data = tensor.Data;
        _rowByteCount = (long)Columns * TElement.Size;
        ByteCount = tensor.ByteCount;
    }

    public override long ByteCount { get; }

    public override int ScratchCount => PanelScratchCount;

    public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        if (input.Tokens >= PanelTokens && Columns % Lanes.Count == 0) MultiplyPanels(input, firstRow, rowCount, output, outputStride, scratch);
        else DotTiles<TElement>.Multiply(_data + firstRow * _rowByteCount, _rowByteCount, rowCount, input.Data, input.Stride, input.Tokens, Columns, output, outputStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void WidenPiece(int row, int column, int columns, float* destination)
    {
        var source = _data + row * _rowByteCount + (long)column * TElement.Size;
        for (nint k = 0; k < columns; k += Lanes.Count) TElement.Load(source + k * TElement.Size).Store(destination + 2 * k);
    }

    public override void WidenRow(int row, float* destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        Widen(_data + row * _rowByteCount, destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Widen(byte* source, float* destination)
    {
        var k = 0;
        for (; k + Lanes.Count <= Columns; k += Lanes.Count)
            TElement.Load(source + (long)k * TElement.Size).Store(destination + k);
        for (; k < Columns; k++) destination[k] = TElement.LoadOne(source + (long)k * TElement.Size);
    }
}
