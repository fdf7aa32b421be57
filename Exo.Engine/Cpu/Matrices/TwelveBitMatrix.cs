using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Kernels.Twelve;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// A BF16 matrix in twelve bits a weight (<see cref="TwelveBits"/>): a quarter less to read for each token, and the products are those of the stored matrix, bit for bit. Four rows
/// that can't be packed are multiplied where they are stored.
/// </summary>
internal sealed unsafe class TwelveBitMatrix : PackedMatrix
{
    /// <summary>Tokens whose sums are held at once where a quad is made floats piece by piece.</summary>
    private const int MostTokens = 32;

    /// <summary>Columns of such a piece: 4 KiB, which stay in the first-level cache.</summary>
    private const int PieceColumns = 8 * TwelveBits.StepColumns;

    /// <summary>Floats of the sums, and behind them of a piece.</summary>
    private const int LaneCount = MostTokens * WidenedQuadTiles.TokenLanes, PieceCount = TwelveBits.Rows * PieceColumns;

    private readonly NativePages _memory;
    private readonly byte* _stored;
    private readonly int _headByteCount;
    private readonly long _quadByteCount;
    private readonly bool _isWide;

    /// <param name="tensor">Stored in BF16, its rows a multiple of 32 long. It is read where four rows can't be packed.</param>
    public TwelveBitMatrix(Tensor tensor, InstructionSet instructions)
        : base(tensor.Name, tensor.Rows, tensor.Columns)
    {
        _stored = tensor.Data;
        _isWide = instructions == InstructionSet.Avx512;
        _headByteCount = TwelveBits.HeadByteCount(Columns);
        _quadByteCount = TwelveBits.QuadByteCount(Columns);
        ByteCount = _quadByteCount * ((Rows + TwelveBits.Rows - 1) / TwelveBits.Rows);
        _memory = new NativePages(ByteCount, preferLarge: true);
    }

    public override long ByteCount { get; }

    public override int ManyTokens => MostTokens + 1;

    public override int ScratchCount => Math.Max(PanelScratchCount, LaneCount + PieceCount);

    public override InputForms FormsFor(int tokens) => tokens >= ManyTokens ? InputForms.Panels : InputForms.None;

    /// <summary>Whether a tensor's rows can be packed.</summary>
    public static bool CanHold(Tensor tensor) => tensor is { Type: DType.BF16, IsMade: false } && tensor.Columns % TwelveBits.StepColumns == 0;

    public override void Pack(int group, byte* rows, long rowByteCount)
    {
        var end = Math.Min((group + 1) * PackedGroup.Rows, Rows);
        for (var row = group * PackedGroup.Rows; row < end; row += TwelveBits.Rows, rows += TwelveBits.Rows * rowByteCount)
        {
            // Rows beyond the last one are that one again.
            var last = end - row - 1;
            TwelveBits.Pack(
                (ushort*)rows, (ushort*)(rows + Math.Min(1, last) * rowByteCount), (ushort*)(rows + Math.Min(2, last) * rowByteCount), (ushort*)(rows + Math.Min(3, last) * rowByteCount),
                Columns, Quad(row));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        if (firstRow % TwelveBits.Rows != 0) throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, "packed rows are multiplied in groups of 4");
        if (FormsFor(input.Tokens) == InputForms.Panels)
        {
            MultiplyPanels(input, firstRow, rowCount, output, outputStride, scratch);
            return;
        }

        for (var done = 0; done < rowCount; done += TwelveBits.Rows, output += TwelveBits.Rows)
        {
            var rows = Math.Min(TwelveBits.Rows, rowCount - done);
            var quad = Quad(firstRow + done);
            if (TwelveBits.PatchCount(quad) == TwelveBits.NotPacked)
                DotTiles<BF16Element>.Multiply(Stored(firstRow + done), RowByteCount, rows, input.Data, input.Stride, input.Tokens, Columns, output, outputStride);
            else if (_isWide && input.Tokens == 1 && rows == TwelveBits.Rows && TwelveBits.PatchCount(quad) == 0)
                WideTwelveBitTiles.Whole1(quad + _headByteCount, Columns / TwelveBits.StepColumns, Vector128.Load(quad), input.Data, output);
            else MultiplyQuad(quad, rows, input, output, outputStride, scratch);
        }
    }

    public override void WidenRow(int row, float* destination) => throw new NotSupportedException($"{Name} is packed for products; rows are looked up where they are stored");

    public override void Dispose() => _memory.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void WidenPanel(int firstRow, int rows, int column, int columns, float* panel)
    {
        for (var row = 0; row < rows; row += TwelveBits.Rows)
        {
            var quad = Quad(firstRow + row);
            if (TwelveBits.PatchCount(quad) == TwelveBits.NotPacked)
            {
                for (var i = row; i < Math.Min(row + TwelveBits.Rows, rows); i++) PlainMatrix<BF16Element>.Widen(Stored(firstRow + i) + (long)column * BF16Element.Size, columns, PanelTiles.RowOf(panel, i));
                continue;
            }

            Widen(quad, column / TwelveBits.StepColumns, columns / TwelveBits.StepColumns, PanelTiles.RowOf(panel, row), PanelTiles.PairStride, PanelTiles.EightStride);
        }
    }

    protected override void WidenPiece(int row, int column, int columns, float* destination) => throw new NotSupportedException($"{Name} is packed for products");

    private long RowByteCount => (long)Columns * BF16Element.Size;

    private byte* Quad(int row) => _memory.Data + row / TwelveBits.Rows * _quadByteCount;

    private byte* Step(byte* quad, int step) => quad + _headByteCount + (long)step * TwelveBits.StepByteCount;

    private byte* Stored(int row) => _stored + row * RowByteCount;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyQuad(byte* quad, int rows, in Activations input, float* output, long outputStride, float* lanes)
    {
        var most = _isWide ? WideTwelveBitTiles.MostTokens : MostTokens;
        for (var token = 0; token < input.Tokens;)
        {
            var tokens = Math.Min(most, input.Tokens - token);
            if (_isWide) tokens = 1 << BitOperations.Log2((uint)tokens);
            new Span<float>(lanes, tokens * WidenedQuadTiles.TokenLanes).Clear();
            if (_isWide || tokens == 1) AddRuns(quad, input.Data + (long)token * input.Stride, input.Stride, tokens, lanes);
            else AddPieces(quad, input.Data + (long)token * input.Stride, input.Stride, tokens, lanes);
            for (var i = 0; i < tokens; i++, token++) Fold(lanes + i * WidenedQuadTiles.TokenLanes, rows, output + token * outputStride);
        }
    }

    /// <summary>Adds the products of a quad's steps, run by run: between two runs is a step with patches.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddRuns(byte* quad, float* input, int inputStride, int tokens, float* lanes)
    {
        var (patches, step) = (TwelveBits.PatchCount(quad), 0);
        for (var patch = TwelveBits.Patches(quad); patches > 0;)
        {
            int patched = patch->Step, inStep = 1;
            while (inStep < patches && patch[inStep].Step == patched) inStep++;
            AddRun(quad, step, patched - step, input, inputStride, tokens, lanes);
            Widen(quad, patched, 1, lanes + LaneCount, WidenedQuadTiles.PairStride, WidenedQuadTiles.EightStride);
            WidenedQuadTiles.Add(lanes + LaneCount, TwelveBits.StepColumns, input + patched * TwelveBits.StepColumns, inputStride, tokens, lanes);
            step = patched + 1;
            patches -= inStep;
            patch += inStep;
        }

        AddRun(quad, step, Columns / TwelveBits.StepColumns - step, input, inputStride, tokens, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddRun(byte* quad, int step, int steps, float* input, int inputStride, int tokens, float* lanes)
    {
        var first = Step(quad, step);
        var table = Vector128.Load(quad);
        input += step * TwelveBits.StepColumns;
        if (_isWide) WideTwelveBitTiles.Add(first, steps, table, input, inputStride, tokens, lanes);
        else TwelveBitTiles.Tokens1(first, steps, table, input, lanes);
    }

    /// <summary>Adds the products of a quad's steps that are made floats piece by piece, once for all tokens.</summary>
    private void AddPieces(byte* quad, float* input, int inputStride, int tokens, float* lanes)
    {
        var weights = lanes + LaneCount;
        for (var column = 0; column < Columns; column += PieceColumns)
        {
            var columns = Math.Min(PieceColumns, Columns - column);
            Widen(quad, column / TwelveBits.StepColumns, columns / TwelveBits.StepColumns, weights, WidenedQuadTiles.PairStride, WidenedQuadTiles.EightStride);
            WidenedQuadTiles.Add(weights, columns, input + column, inputStride, tokens, lanes);
        }
    }

    /// <summary>A quad's steps as floats, patches put in. See <see cref="TwelveBits.Widen"/>.</summary>
    private void Widen(byte* quad, int firstStep, int steps, float* destination, int pairStride, int eightStride)
    {
        TwelveBits.Widen(Step(quad, firstStep), steps, Vector128.Load(quad), destination, pairStride, eightStride);
        var patch = TwelveBits.Patches(quad);
        for (var end = patch + TwelveBits.PatchCount(quad); patch < end; patch++)
            if (patch->Step >= firstStep && patch->Step < firstStep + steps) destination[patch->Place(firstStep, pairStride, eightStride)] = patch->Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fold(float* lanes, int rows, float* output)
    {
        var sums = Lanes.Fold(Vector256.Load(lanes), Vector256.Load(lanes + 8), Vector256.Load(lanes + 16), Vector256.Load(lanes + 24));
        if (rows == TwelveBits.Rows) sums.Store(output);
        else for (var row = 0; row < rows; row++) output[row] = sums.GetElement(row);
    }
}
