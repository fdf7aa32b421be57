using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Kernels.Blocks;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// A weight matrix [rows, columns] ready to be multiplied. Each stored format is one subclass; all of them sum every output in
/// an order that depends on the columns alone.
/// </summary>
internal abstract unsafe class CpuMatrix(string name, int rows, int columns) : IDisposable
{
    public string Name { get; } = name;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    /// <summary>Bytes read to multiply by one token.</summary>
    public abstract long ByteCount { get; }

    /// <summary>The forms of an input of so many tokens that <see cref="Multiply"/> reads.</summary>
    public virtual InputForms FormsFor(int tokens) => InputForms.None;

    /// <summary>From this many tokens on, arithmetic is the limit: fewer rows are multiplied at a time, in panels.</summary>
    public virtual int ManyTokens => 6;

    /// <summary>Floats of scratch memory one thread needs for <see cref="Multiply"/>.</summary>
    public abstract int ScratchCount { get; }

    /// <summary>output[token · outputStride + row - firstRow] = Σ weight[row, k] · input[token, k] for a range of rows.</summary>
    /// <param name="scratch">[<see cref="ScratchCount"/>], the calling thread's own.</param>
    public abstract void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch);

    /// <summary>Multiplies many tokens by panels of sixteen rows, each piece of a row widened once for up to <see cref="PanelTiles.BlockTokens"/> tokens.</summary>
    /// <param name="scratch">[<see cref="PanelScratchCount"/>]</param>
    protected void MultiplyPanels(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        var lanes = scratch + PanelTiles.PieceCount;
        var zeros = lanes + PanelTiles.LaneCount;
        new Span<float>(zeros, PanelTiles.ZeroCount).Clear();
        var panels = input.Panels;
        if (panels.Data is null) throw new ArgumentException($"{Name}: {input.Tokens} tokens come without the form that FormsFor asks for", nameof(input));
        for (var token = 0; token < input.Tokens; token += panels.BlockTokens)
        {
            for (var done = 0; done < rowCount; done += PanelTiles.Rows)
            {
                var rows = Math.Min(PanelTiles.Rows, rowCount - done);
                for (var column = 0; column < Columns; column += PanelTiles.PieceColumns)
                {
                    var columns = Math.Min(PanelTiles.PieceColumns, Columns - column);
                    WidenPanel(firstRow + done, rows, column, columns, scratch);
                    PanelTiles.Accumulate(scratch, columns, panels.Piece(token, column), panels.TokensFrom(token), panels.TileTokens, column == 0 ? zeros : null, lanes);
                }

                PanelTiles.Fold(lanes, Math.Min(panels.BlockTokens, input.Tokens - token), rows, output + token * outputStride + done, outputStride);
            }
        }
    }

    /// <summary>Floats of scratch memory for <see cref="MultiplyPanels"/>.</summary>
    protected const int PanelScratchCount = PanelTiles.PieceCount + PanelTiles.LaneCount + PanelTiles.ZeroCount;

    /// <summary>A piece of a panel. Rows beyond the last one hold what was there before: their sums are never folded.</summary>
    /// <param name="panel">[<see cref="PanelTiles.PieceCount"/>]</param>
    protected virtual void WidenPanel(int firstRow, int rows, int column, int columns, float* panel)
    {
        for (var row = 0; row < rows; row++) WidenPiece(firstRow + row, column, columns, PanelTiles.RowOf(panel, row));
    }

    /// <summary>Columns of one row as floats, eight at a time, sixteen floats from one eight to the next.</summary>
    /// <param name="column">First column, and <paramref name="columns"/>: whole pieces of a panel, multiples of 8 (of a block where rows have them).</param>
    protected abstract void WidenPiece(int row, int column, int columns, float* destination);

    /// <summary>One row as floats: [columns]. How embeddings are looked up.</summary>
    public abstract void WidenRow(int row, float* destination);

    public virtual void Dispose()
    {
    }

    /// <summary>The matrix over a stored tensor.</summary>
    /// <exception cref="InvalidModelException">The tensor's format has no kernel here.</exception>
    public static CpuMatrix Over(Tensor tensor) => tensor.Type switch
    {
        DType.F32 => new PlainMatrix<F32Element>(tensor),
        DType.BF16 => new PlainMatrix<BF16Element>(tensor),
        DType.F16 => new PlainMatrix<F16Element>(tensor),
        DType.Q8_0 => new BlockMatrix<Q8_0Block>(tensor),
        DType.Q4_0 => new BlockMatrix<Q4_0Block>(tensor),
        DType.Q4_1 => new BlockMatrix<Q4_1Block>(tensor),
        DType.Q5_0 => new BlockMatrix<Q5_0Block>(tensor),
        DType.Q5_1 => new BlockMatrix<Q5_1Block>(tensor),
        DType.Q2_K => new BlockMatrix<Q2_KBlock>(tensor),
        DType.Q3_K => new BlockMatrix<Q3_KBlock>(tensor),
        DType.Q4_K => new BlockMatrix<Q4_KBlock>(tensor),
        DType.Q5_K => new BlockMatrix<Q5_KBlock>(tensor),
        DType.Q6_K => new BlockMatrix<Q6_KBlock>(tensor),
        DType.IQ4_NL => new BlockMatrix<IQ4_NLBlock>(tensor),
        DType.IQ4_XS => new BlockMatrix<IQ4_XSBlock>(tensor),
        _ => throw new InvalidModelException("weights", tensor.Name, $"stored as {tensor.Type}, which the CPU backend has no kernel for"),
    };
}
