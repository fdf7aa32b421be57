using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Kernels.Blocks;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// A matrix of quantized blocks, multiplied where its file is mapped: blocks are widened to floats in the first-level cache as they are
/// needed, for eight rows at a time, and multiplied in the order of <see cref="Lanes"/>. Activations stay floats: only the weights are rounded.
/// </summary>
internal sealed unsafe class BlockMatrix<TBlock> : CpuMatrix
    where TBlock : struct, IBlockFormat
{
    /// <summary>Columns widened at a time: eight rows of them are 8 KiB.</summary>
    private const int PieceColumns = 256;

    private const int GroupRows = 8;

    private readonly byte* _data;
    private readonly long _rowByteCount;

    public BlockMatrix(Tensor tensor)
        : base(tensor.Name, tensor.Rows, tensor.Columns)
    {
        if (Columns % TBlock.Elements != 0)
            throw new InvalidModelException("weights", tensor.Name, $"has rows of {Columns} elements, which blocks of {TBlock.Elements} don't fill");
        _data = tensor.Data;
        _rowByteCount = (long)Columns / TBlock.Elements * TBlock.ByteCount;
        ByteCount = tensor.ByteCount;
    }

    public override long ByteCount { get; }

    public override int ScratchCount => PanelScratchCount;

    public override InputForms FormsFor(int tokens) => tokens >= ManyTokens ? InputForms.Panels : InputForms.None;

    public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        if (input.Tokens >= ManyTokens) MultiplyPanels(input, firstRow, rowCount, output, outputStride, scratch);
        else MultiplyPieces(input, firstRow, rowCount, output, outputStride, scratch);
    }

    public override void WidenRow(int row, float* destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        Widen(row, 0, Columns, destination);
    }

    protected override void WidenPiece(int row, int column, int columns, float* destination)
    {
        var floats = stackalloc float[TBlock.Elements];
        var block = _data + row * _rowByteCount + column / TBlock.Elements * TBlock.ByteCount;
        for (var k = 0; k < columns; k += TBlock.Elements, block += TBlock.ByteCount, destination += 2 * TBlock.Elements)
        {
            TBlock.Widen(block, floats);
            for (var i = 0; i < TBlock.Elements; i += Lanes.Count) Vector256.Load(floats + i).Store(destination + 2 * i);
        }
    }

    private void MultiplyPieces(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        var lanes = scratch + GroupRows * PieceColumns;
        for (var done = 0; done < rowCount; done += GroupRows)
        {
            // Rows beyond the last one repeat it: their sums are left out below.
            var rows = Math.Min(GroupRows, rowCount - done);
            new Span<float>(lanes, input.Tokens * GroupRows * Lanes.Count).Clear();
            for (var column = 0; column < Columns; column += PieceColumns)
            {
                var columns = Math.Min(PieceColumns, Columns - column);
                for (var row = 0; row < GroupRows; row++) Widen(firstRow + done + Math.Min(row, rows - 1), column, columns, scratch + row * PieceColumns);
                for (var token = 0; token < input.Tokens; token++)
                    LaneTiles.EightRows(scratch, PieceColumns, input.Data + (long)token * input.Stride + column, columns, lanes + token * GroupRows * Lanes.Count);
            }

            for (var token = 0; token < input.Tokens; token++)
                for (var row = 0; row < rows; row++)
                    output[token * outputStride + done + row] = Lanes.Fold(Vector256.Load(lanes + (token * GroupRows + row) * Lanes.Count));
        }
    }

    /// <summary>Widens <paramref name="columns"/> elements of a row from <paramref name="column"/> on, both whole blocks.</summary>
    private void Widen(int row, int column, int columns, float* destination)
    {
        var block = _data + row * _rowByteCount + column / TBlock.Elements * TBlock.ByteCount;
        for (var i = 0; i < columns; i += TBlock.Elements, block += TBlock.ByteCount) TBlock.Widen(block, destination + i);
    }
}
