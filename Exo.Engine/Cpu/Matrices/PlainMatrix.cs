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

    /// <summary>Weights widen in registers up to here: a panel is written and read again, which only many tokens pay for.</summary>
    public override int ManyTokens => 33;

    public override int ScratchCount => Math.Max(PanelScratchCount, Folds ? (ManyTokens - 1) * Columns : 0);

    public override InputForms FormsFor(int tokens) => tokens >= ManyTokens && Columns % Lanes.Count == 0 ? InputForms.Panels : InputForms.None;

    private bool Folds => typeof(TElement) == typeof(F16Element) && Columns % Lanes.Count == 0;

    public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        var weights = _data + firstRow * _rowByteCount;
        if (FormsFor(input.Tokens) == InputForms.Panels) MultiplyPanels(input, firstRow, rowCount, output, outputStride, scratch);
        else if (Folds && FoldedInput.TryFold(input.Data, input.Stride, input.Tokens, Columns, scratch))
            DotTiles<FoldedF16Element>.Multiply(weights, _rowByteCount, rowCount, scratch, Columns, input.Tokens, Columns, output, outputStride);
        else DotTiles<TElement>.Multiply(weights, _rowByteCount, rowCount, input.Data, input.Stride, input.Tokens, Columns, output, outputStride);
    }

    protected override void WidenPiece(int row, int column, int columns, float* destination) => Widen(_data + row * _rowByteCount + (long)column * TElement.Size, columns, destination);

    /// <summary>A row's piece of a panel.</summary>
    /// <param name="source">[<paramref name="columns"/>] as stored, a multiple of 8.</param>
    /// <param name="destination">Eight floats at a time, sixteen from one eight to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* source, int columns, float* destination)
    {
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
