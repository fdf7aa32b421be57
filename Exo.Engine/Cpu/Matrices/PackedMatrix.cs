using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>A matrix that can be filled group by group, by many threads.</summary>
internal abstract unsafe class PackedMatrix(string name, int rows, int columns) : CpuMatrix(name, rows, columns)
{
    /// <summary>Groups of sixteen rows.</summary>
    public int Groups => (Rows + PackedGroup.Rows - 1) / PackedGroup.Rows;

    /// <summary>Repacks one group.</summary>
    /// <param name="rows">Its rows as GGUF stores them, sixteen, or what is left of them for the last group.</param>
    public abstract void Pack(int group, byte* rows, long rowByteCount);
}

/// <summary>
/// A matrix repacked for integer products. Inputs come rounded (<see cref="InputForms"/>). Few tokens are multiplied by sixteen whole rows; many by pieces that stay in the
/// first-level cache, which are unpacked there once if that pays.
/// </summary>
internal sealed unsafe class PackedMatrix<TProduct> : PackedMatrix
    where TProduct : struct, IPackedProduct
{
    /// <summary>Columns of a piece: unpacked they are 10 or 18 KiB.</summary>
    private const int PieceBlocks = 16;

    /// <summary>Floats of an unpacked piece of sixteen rows.</summary>
    private static readonly int PanelCount = TProduct.PanelByteCount(PieceBlocks) / sizeof(float);

    private readonly NativePages _memory;
    private readonly long _groupByteCount;

    public PackedMatrix(string name, int rows, int columns)
        : base(name, rows, columns)
    {
        _groupByteCount = TProduct.GroupByteCount(columns);
        ByteCount = _groupByteCount * Groups;
        _memory = new NativePages(ByteCount, preferLarge: true);
    }

    public override long ByteCount { get; }

    public override InputForms FormsFor(int tokens) => TProduct.Form;

    public override int ScratchCount => TProduct.PanelGroups * (IPackedProduct.SumCount + PanelCount);

    public override void Pack(int group, byte* rows, long rowByteCount)
    {
        var count = Math.Min(PackedGroup.Rows, Rows - group * PackedGroup.Rows);
        var target = _memory.Data + group * _groupByteCount;
        if (count < PackedGroup.Rows) new Span<byte>(target, checked((int)_groupByteCount)).Clear();
        TProduct.Pack(rows, rowByteCount, count, Columns, target);
    }

    public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        if (firstRow % PackedGroup.Rows != 0) throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, "packed rows are multiplied in groups of 16");
        var blocks = Columns / PackedGroup.BlockColumns;
        var unpack = input.Tokens >= TProduct.UnpackTokens;
        var most = unpack ? TProduct.PanelGroups * PackedGroup.Rows : PackedGroup.Rows;
        for (var token = 0; token < input.Tokens; token += IPackedProduct.BlockTokens)
        {
            var tokens = Math.Min(IPackedProduct.BlockTokens, input.Tokens - token);
            for (var done = 0; done < rowCount; done += most)
            {
                var group = _memory.Data + (firstRow + done) / PackedGroup.Rows * _groupByteCount;
                var rows = Math.Min(most, rowCount - done);
                for (var row = 0; row < rows; row += PackedGroup.Rows) new Span<float>(SumsOf(scratch, row), tokens * PackedGroup.Rows).Clear();
                if (unpack) AccumulatePanels(group, (rows + PackedGroup.Rows - 1) / PackedGroup.Rows, blocks, input, token, tokens, scratch);
                else AccumulatePieces(group, blocks, input.Tokens < IPackedProduct.PieceTokens ? blocks : PieceBlocks, input, token, tokens, scratch);
                for (var row = 0; row < rows; row += PackedGroup.Rows)
                    Copy(SumsOf(scratch, row), tokens, Math.Min(PackedGroup.Rows, rows - row), output + token * outputStride + done + row, outputStride);
            }
        }
    }

    public override void WidenRow(int row, float* destination) => throw new NotSupportedException($"{Name} is packed for products; rows are looked up where they are stored");

    public override void Dispose() => _memory.Dispose();

    protected override void WidenPiece(int row, int column, int columns, float* destination) => throw new NotSupportedException($"{Name} is packed for products");

    /// <summary>The sums of the group of a row.</summary>
    private static float* SumsOf(float* scratch, int row) => scratch + row / PackedGroup.Rows * IPackedProduct.SumCount;

    private static void AccumulatePieces(byte* group, int blocks, int pieceBlocks, in Activations input, int token, int tokens, float* sums)
    {
        for (var block = 0; block < blocks; block += pieceBlocks)
            TProduct.Accumulate(group, block, Math.Min(pieceBlocks, blocks - block), input, token, tokens, sums);
    }

    private void AccumulatePanels(byte* group, int groups, int blocks, in Activations input, int token, int tokens, float* sums)
    {
        var panel = (byte*)(sums + TProduct.PanelGroups * IPackedProduct.SumCount);
        for (var block = 0; block < blocks; block += PieceBlocks)
            TProduct.Unpack(group, groups, _groupByteCount, block, Math.Min(PieceBlocks, blocks - block), input, token, tokens, sums, panel);
    }

    private static void Copy(float* sums, int tokens, int rows, float* output, long outputStride)
    {
        for (var token = 0; token < tokens; token++, sums += PackedGroup.Rows, output += outputStride)
        {
            if (rows == PackedGroup.Rows) Vector512.Load(sums).Store(output);
            else new ReadOnlySpan<float>(sums, rows).CopyTo(new Span<float>(output, rows));
        }
    }
}
