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
    /// <summary>Most tokens of a tile.</summary>
    private const int TileTokens = 8;

    /// <summary>Floats of a tile's sums, and of a step whose patches are put in.</summary>
    private const int LaneCount = TileTokens * TwelveBitTiles.TokenLanes, StepCount = TwelveBits.StepCount;

    /// <summary>Where <see cref="TwelveBits.Widen"/> puts a step alone: row after row, eight columns of each, then the next eight.</summary>
    private const int StepPairStride = 2 * Lanes.Count, StepEightStride = TwelveBits.Rows * Lanes.Count;

    /// <summary>Floats of a panel from one step's columns to the next one's.</summary>
    private const int PanelStepStride = TwelveBits.StepColumns / Lanes.Count * PanelTiles.EightStride;

    private readonly NativePages _memory;
    private readonly byte* _stored;
    private readonly int _headByteCount;
    private readonly long _quadByteCount;
    private readonly bool _isWide;

    /// <param name="tensor">Stored in BF16, no made rows, each a multiple of 32 long. It is read where four rows can't be packed.</param>
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

    public override int ManyTokens => 33;

    public override int ScratchCount => Math.Max(PanelScratchCount, LaneCount + StepCount);

    public override InputForms FormsFor(int tokens) => tokens >= ManyTokens ? InputForms.Panels : InputForms.None;

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
            var destination = PanelTiles.RowOf(panel, row);
            if (TwelveBits.PatchCount(quad) == TwelveBits.NotPacked)
            {
                for (var i = row; i < Math.Min(row + TwelveBits.Rows, rows); i++) PlainMatrix<BF16Element>.Widen(Stored(firstRow + i) + (long)column * BF16Element.Size, columns, PanelTiles.RowOf(panel, i));
                continue;
            }

            var (table, firstStep, steps) = (Vector128.Load(quad), column / TwelveBits.StepColumns, columns / TwelveBits.StepColumns);
            var step = quad + _headByteCount + (long)firstStep * TwelveBits.StepByteCount;
            for (var i = 0; i < steps; i++)
                TwelveBits.Widen(step + i * TwelveBits.StepByteCount, table, destination + i * PanelStepStride, PanelTiles.PairStride, PanelTiles.EightStride);
            var patch = TwelveBits.Patches(quad);
            for (var end = patch + TwelveBits.PatchCount(quad); patch < end; patch++)
                if (patch->Step - firstStep is >= 0 and var i && i < steps) destination[i * PanelStepStride + TwelveBits.Place(*patch, PanelTiles.PairStride, PanelTiles.EightStride)] = patch->Value;
        }
    }

    protected override void WidenPiece(int row, int column, int columns, float* destination) => throw new NotSupportedException($"{Name} is packed for products");

    private long RowByteCount => (long)Columns * BF16Element.Size;

    private byte* Quad(int row) => _memory.Data + row / TwelveBits.Rows * _quadByteCount;

    private byte* Stored(int row) => _stored + row * RowByteCount;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyQuad(byte* quad, int rows, in Activations input, float* output, long outputStride, float* scratch)
    {
        for (var token = 0; token < input.Tokens;)
        {
            var tokens = Tile(input.Tokens - token);
            new Span<float>(scratch, tokens * TwelveBitTiles.TokenLanes).Clear();
            Accumulate(quad, input.Data + (long)token * input.Stride, input.Stride, tokens, scratch);
            for (var end = token + tokens; token < end; token++, scratch += TwelveBitTiles.TokenLanes) Fold(scratch, rows, output + token * outputStride);
            scratch -= tokens * TwelveBitTiles.TokenLanes;
        }
    }

    /// <summary>Tokens of the next tile.</summary>
    private int Tile(int tokens) => _isWide ? tokens >= 8 ? 8 : tokens >= 4 ? 4 : Math.Min(tokens, 2) : Math.Min(tokens, 3);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Accumulate(byte* quad, float* input, int inputStride, int tokens, float* lanes)
    {
        var (patches, steps) = (TwelveBits.PatchCount(quad), Columns / TwelveBits.StepColumns);
        var table = Vector128.Load(quad);
        var patch = TwelveBits.Patches(quad);
        var first = quad + _headByteCount;
        var step = 0;
        for (; patches > 0;)
        {
            int stop = patch->Step;
            Run(first + (long)step * TwelveBits.StepByteCount, stop - step, table, input + step * TwelveBits.StepColumns, inputStride, tokens, lanes);
            var weights = lanes + LaneCount;
            TwelveBits.Widen(first + (long)stop * TwelveBits.StepByteCount, table, weights, StepPairStride, StepEightStride);
            for (; patches > 0 && patch->Step == stop; patches--, patch++) weights[TwelveBits.Place(*patch, StepPairStride, StepEightStride)] = patch->Value;
            AddStep(weights, input + stop * TwelveBits.StepColumns, inputStride, tokens, lanes);
            step = stop + 1;
        }

        Run(first + (long)step * TwelveBits.StepByteCount, steps - step, table, input + step * TwelveBits.StepColumns, inputStride, tokens, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(byte* step, int steps, Vector128<byte> table, float* input, int inputStride, int tokens, float* lanes)
    {
        if (_isWide)
        {
            switch (tokens)
            {
                case 8: WideTwelveBitTiles.Tokens8(step, steps, table, input, inputStride, lanes); break;
                case 4: WideTwelveBitTiles.Tokens4(step, steps, table, input, inputStride, lanes); break;
                case 2: WideTwelveBitTiles.Tokens2(step, steps, table, input, inputStride, lanes); break;
                default: WideTwelveBitTiles.Tokens1(step, steps, table, input, lanes); break;
            }
        }
        else
        {
            switch (tokens)
            {
                case 3: TwelveBitTiles.Tokens3(step, steps, table, input, inputStride, lanes); break;
                case 2: TwelveBitTiles.Tokens2(step, steps, table, input, inputStride, lanes); break;
                default: TwelveBitTiles.Tokens1(step, steps, table, input, lanes); break;
            }
        }
    }

    /// <summary>Adds the products of a step that is floats already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddStep(float* weights, float* input, int inputStride, int tokens, float* lanes)
    {
        for (var token = 0; token < tokens; token++, input += inputStride)
        {
            for (var row = 0; row < TwelveBits.Rows; row++, lanes += Lanes.Count)
            {
                var sum = Vector256.Load(lanes);
                for (var eight = 0; eight < TwelveBits.StepColumns / Lanes.Count; eight++)
                    sum = Lanes.Fma(Vector256.Load(weights + eight * StepEightStride + row * Lanes.Count), Vector256.Load(input + eight * Lanes.Count), sum);
                sum.Store(lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fold(float* lanes, int rows, float* output)
    {
        var sums = Lanes.Fold(Vector256.Load(lanes), Vector256.Load(lanes + 8), Vector256.Load(lanes + 16), Vector256.Load(lanes + 24));
        if (rows == TwelveBits.Rows) sums.Store(output);
        else for (var row = 0; row < rows; row++) output[row] = sums.GetElement(row);
    }
}
