using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Kernels.Twelve;
using Exo.Engine.Weights;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// A BF16 matrix in twelve bits a weight (<see cref="TwelveBits"/>): a quarter less to read for each token, and the products are those of the stored matrix, bit for bit. Rows that
/// are not packed yet, and four rows that can't be, are multiplied where they are stored.
/// </summary>
internal sealed unsafe class TwelveBitMatrix : CpuMatrix
{
    /// <summary>Rows that are packed together: what threads share out are multiples of as many.</summary>
    private const int GroupRows = PackedGroup.Rows;

    /// <summary>Columns of which a quad's weights are made floats at a time: 4 KiB, which stay in the first-level cache.</summary>
    private const int PieceColumns = 8 * TwelveBits.StepColumns;

    private const int PieceCount = TwelveBits.Rows * PieceColumns;

    private readonly Tensor _tensor;
    private readonly PlainMatrix<BF16Element> _stored;
    private readonly int _headByteCount;
    private readonly long _quadByteCount;
    private readonly bool _isWide;
    private NativePages? _memory;

    /// <param name="tensor">Stored in BF16, its rows a multiple of 32 long. It is read until the matrix is disposed.</param>
    public TwelveBitMatrix(Tensor tensor, InstructionSet instructions)
        : base(tensor.Name, tensor.Rows, tensor.Columns)
    {
        (_tensor, _stored) = (tensor, new PlainMatrix<BF16Element>(tensor));
        _isWide = instructions == InstructionSet.Avx512;
        _headByteCount = TwelveBits.HeadByteCount(Columns);
        _quadByteCount = TwelveBits.QuadByteCount(Columns);
        PackedByteCount = _quadByteCount * ((Rows + TwelveBits.Rows - 1) / TwelveBits.Rows);
    }

    /// <summary>Bytes when all rows are packed.</summary>
    public long PackedByteCount { get; }

    /// <summary>Groups of sixteen rows.</summary>
    public int Groups => (Rows + GroupRows - 1) / GroupRows;

    /// <summary>The groups, from the first one on, that are packed and to be used so. Not while a product is made.</summary>
    public int PackedGroups { get; set; }

    /// <summary>Bytes before any are.</summary>
    public long StoredByteCount => _stored.ByteCount;

    public override long ByteCount => PackedRows == Rows ? PackedByteCount : StoredByteCount;

    public override int ManyTokens => _stored.ManyTokens;

    public override int ScratchCount => Math.Max(_stored.ScratchCount, Math.Max(PanelScratchCount, LaneCount + PieceCount));

    /// <summary>Floats of the sums of all tokens that are not many; behind them comes a piece.</summary>
    private int LaneCount => (ManyTokens - 1) * WidenedQuadTiles.TokenLanes;

    private int PackedRows => Math.Min(Rows, PackedGroups * GroupRows);

    private long RowByteCount => (long)Columns * BF16Element.Size;

    public override InputForms FormsFor(int tokens) => _stored.FormsFor(tokens);

    /// <summary>Whether a tensor's rows can be packed.</summary>
    public static bool CanHold(Tensor tensor) => tensor is { Type: DType.BF16, IsMade: false, Shape.Count: > 1 } && LoadedSize.IsPacked(DType.BF16, tensor.Rows, tensor.Columns);

    /// <summary>Takes the memory that rows are packed into: before the first of them, so that a matrix takes it when its turn comes.</summary>
    /// <exception cref="OutOfMemoryException">The system has no room.</exception>
    public void Reserve() => _memory ??= new NativePages(PackedByteCount, preferLarge: true);

    /// <summary>Has the system read what is stored, in large requests.</summary>
    public void ReadAhead()
    {
        if (_tensor.IsMapped) PageAdvice.ReadAhead(_tensor.Data, StoredByteCount);
    }

    /// <summary>Packs groups of rows. They are used so when <see cref="PackedGroups"/> says it.</summary>
    public void Pack(int firstGroup, int groups)
    {
        var firstRow = firstGroup * GroupRows;
        var end = Math.Min(firstRow + groups * GroupRows, Rows);
        for (var row = firstRow; row < end; row += TwelveBits.Rows)
        {
            // Rows beyond the last one are that one again.
            var last = Rows - 1;
            TwelveBits.Pack(Stored(row), Stored(Math.Min(row + 1, last)), Stored(Math.Min(row + 2, last)), Stored(Math.Min(row + 3, last)), Columns, Quad(row));
        }
    }

    /// <summary>Gives the stored pages of packed groups back to the system.</summary>
    public void GiveBack(int firstGroup, int groups)
    {
        var firstRow = firstGroup * GroupRows;
        if (_tensor.IsMapped) PageAdvice.GiveBack((byte*)Stored(firstRow), (Math.Min(firstRow + groups * GroupRows, Rows) - firstRow) * RowByteCount);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        if (firstRow % TwelveBits.Rows != 0) throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, "packed rows are multiplied in groups of 4");
        var packed = Math.Clamp(PackedRows - firstRow, 0, rowCount);
        if (packed < rowCount) _stored.Multiply(input, firstRow + packed, rowCount - packed, output + packed, outputStride, scratch);
        if (FormsFor(input.Tokens) == InputForms.Panels)
        {
            MultiplyPanels(input, firstRow, packed, output, outputStride, scratch);
            return;
        }

        for (var done = 0; done < packed; done += TwelveBits.Rows, output += TwelveBits.Rows)
        {
            var rows = Math.Min(TwelveBits.Rows, packed - done);
            var quad = Quad(firstRow + done);
            if (TwelveBits.PatchCount(quad) == TwelveBits.NotPacked) _stored.Multiply(input, firstRow + done, rows, output, outputStride, scratch);
            else if (_isWide) MultiplyWide(quad, rows, input, output, outputStride, scratch);
            else MultiplyNarrow(quad, rows, input, output, outputStride, scratch);
        }
    }

    public override void WidenRow(int row, float* destination) => _stored.WidenRow(row, destination);

    public override void Dispose() => _memory?.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void WidenPanel(int firstRow, int rows, int column, int columns, float* panel)
    {
        for (var row = 0; row < rows; row += TwelveBits.Rows)
        {
            var quad = Quad(firstRow + row);
            if (TwelveBits.PatchCount(quad) == TwelveBits.NotPacked)
            {
                for (var i = row; i < Math.Min(row + TwelveBits.Rows, rows); i++) PlainMatrix<BF16Element>.Widen((byte*)(Stored(firstRow + i) + column), columns, PanelTiles.RowOf(panel, i));
                continue;
            }

            Widen(quad, column / TwelveBits.StepColumns, columns / TwelveBits.StepColumns, PanelTiles.RowOf(panel, row), PanelTiles.PairStride, PanelTiles.EightStride);
        }
    }

    protected override void WidenPiece(int row, int column, int columns, float* destination) => throw new NotSupportedException($"{Name} is packed for products");

    private byte* Quad(int row) => _memory!.Data + row / TwelveBits.Rows * _quadByteCount;

    private byte* Step(byte* quad, int step) => quad + _headByteCount + (long)step * TwelveBits.StepByteCount;

    private ushort* Stored(int row) => (ushort*)(_tensor.Data + row * RowByteCount);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyWide(byte* quad, int rows, in Activations input, float* output, long outputStride, float* scratch)
    {
        var steps = Columns / TwelveBits.StepColumns;
        if (input.Tokens == 1 && rows == TwelveBits.Rows)
        {
            WideTwelveBitTiles.Multiply(quad, Step(quad, 0), steps, input.Data, 0, 1, (ushort*)scratch, output);
            return;
        }

        var sums = scratch + TwelveBits.StepCount / 2;
        for (var token = 0; token < input.Tokens;)
        {
            var tokens = 1 << BitOperations.Log2((uint)Math.Min(WideTwelveBitTiles.MostTokens, input.Tokens - token));
            WideTwelveBitTiles.Multiply(quad, Step(quad, 0), steps, input.Data + (long)token * input.Stride, input.Stride, tokens, (ushort*)scratch, sums);
            for (var i = 0; i < tokens; i++, token++) Store(Vector128.Load(sums + i * TwelveBits.Rows), rows, output + token * outputStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyNarrow(byte* quad, int rows, in Activations input, float* output, long outputStride, float* lanes)
    {
        new Span<float>(lanes, input.Tokens * WidenedQuadTiles.TokenLanes).Clear();
        if (input.Tokens == 1) AddRuns(quad, input.Data, lanes);
        else AddPieces(quad, input.Data, input.Stride, input.Tokens, lanes);
        for (var token = 0; token < input.Tokens; token++, lanes += WidenedQuadTiles.TokenLanes)
            Store(Lanes.Fold(Vector256.Load(lanes), Vector256.Load(lanes + 8), Vector256.Load(lanes + 16), Vector256.Load(lanes + 24)), rows, output + token * outputStride);
    }

    /// <summary>Adds one token's products with a quad's steps, run by run: between two runs is a step with patches.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddRuns(byte* quad, float* input, float* lanes)
    {
        var (table, step, steps) = (Vector128.Load(quad), 0, Columns / TwelveBits.StepColumns);
        for (var patch = TwelveBits.Patches(quad); ; patch++)
        {
            var patched = Math.Min(patch->Step, steps);
            if (patched < step) continue; // one more in the same step
            TwelveBitTiles.Tokens1(Step(quad, step), patched - step, table, input + step * TwelveBits.StepColumns, lanes);
            if (patched == steps) return;
            Widen(quad, patched, 1, lanes + LaneCount, WidenedQuadTiles.PairStride, WidenedQuadTiles.EightStride);
            WidenedQuadTiles.Add(lanes + LaneCount, TwelveBits.StepColumns, input + patched * TwelveBits.StepColumns, 0, 1, lanes);
            step = patched + 1;
        }
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
        for (var patch = TwelveBits.Patches(quad); patch->Step < firstStep + steps; patch++)
            if (patch->Step >= firstStep) destination[patch->Place(firstStep, pairStride, eightStride)] = patch->Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<float> sums, int rows, float* output)
    {
        if (rows == TwelveBits.Rows) sums.Store(output);
        else for (var row = 0; row < rows; row++) output[row] = sums.GetElement(row);
    }
}
