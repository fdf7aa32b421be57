using System.Runtime.CompilerServices;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>A matrix of floating-point elements, multiplied where its file is mapped: no copy, nothing repacked.</summary>
internal sealed unsafe class PlainMatrix<TElement> : CpuMatrix
    where TElement : struct, IElement
{
    /// <summary>From this many tokens on, rows are widened to floats once and used for all tokens.</summary>
    private const int PanelTokens = 6;

    /// <summary>Rows widened together: with 2,048 columns a panel is 128 KiB, a share of the second-level cache.</summary>
    private const int PanelRows = 16;

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

    public override int ScratchCount => PanelRows * Lanes.Padded(Columns);

    public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        var weight = _data + firstRow * _rowByteCount;
        if (input.Tokens < PanelTokens)
        {
            DotTiles<TElement>.Multiply(weight, _rowByteCount, rowCount, input.Data, input.Stride, input.Tokens, Columns, output, outputStride);
            return;
        }

        var panelStride = Lanes.Padded(Columns);
        for (var done = 0; done < rowCount; done += PanelRows)
        {
            var rows = Math.Min(PanelRows, rowCount - done);
            for (var row = 0; row < rows; row++) Widen(weight + (done + row) * _rowByteCount, scratch + row * panelStride);
            DotTiles<F32Element>.Multiply((byte*)scratch, panelStride * sizeof(float), rows, input.Data, input.Stride, input.Tokens, Columns, output + done, outputStride);
        }
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
            System.Runtime.Intrinsics.Vector256.Store(TElement.Load(source + (long)k * TElement.Size), destination + k);
        for (; k < Columns; k++) destination[k] = TElement.LoadOne(source + (long)k * TElement.Size);
    }
}
