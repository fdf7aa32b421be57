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
/// A matrix repacked for integer products. Inputs come rounded (<see cref="RoundedInput"/>). Few tokens are multiplied by sixteen whole rows; many by pieces that stay in the
/// first-level cache, which are unpacked there once if that pays.
/// </summary>
internal sealed unsafe class PackedMatrix<TFormat, TRegister> : PackedMatrix
    where TFormat : struct, IPackedFormat
    where TRegister : struct, IRegister<TRegister>
{
    /// <summary>From this many tokens on, rows are cut into pieces.</summary>
    private const int PieceTokens = 24;

    /// <summary>Tokens whose sums are held at once: 8 KiB.</summary>
    private const int BlockTokens = 128;

    /// <summary>Columns of a piece: unpacked they are 18 KiB.</summary>
    private const int PieceBlocks = 16;

    private static readonly int PanelCount = (int)PackedPanel<TFormat>.GroupByteCount(PieceBlocks * PackedGroup.BlockColumns) / sizeof(float);

    /// <summary>
    /// From this many tokens on, unpacking first pays. With AVX2 a tile is four tokens and quants widen beside its products for nothing, while unpacked
    /// ones are twice the bytes to load.
    /// </summary>
    private static int UnpackTokens => typeof(TRegister) != typeof(Register256) ? PieceTokens : TFormat.IsCostly ? 2 : int.MaxValue;

    private readonly NativePages _memory;
    private readonly long _groupByteCount;

    public PackedMatrix(string name, int rows, int columns)
        : base(name, rows, columns)
    {
        _groupByteCount = TFormat.GroupByteCount(columns);
        ByteCount = _groupByteCount * Groups;
        _memory = new NativePages(ByteCount, preferLarge: true);
    }

    public override long ByteCount { get; }

    public override bool TakesRoundedInput => true;

    public override int ScratchCount => BlockTokens * PackedGroup.Rows + PanelCount;

    public override void Pack(int group, byte* rows, long rowByteCount)
    {
        var count = Math.Min(PackedGroup.Rows, Rows - group * PackedGroup.Rows);
        var target = _memory.Data + group * _groupByteCount;
        if (count < PackedGroup.Rows) new Span<byte>(target, checked((int)_groupByteCount)).Clear();
        TFormat.Pack(rows, rowByteCount, count, Columns, target);
    }

    public override void Multiply(in Activations input, int firstRow, int rowCount, float* output, long outputStride, float* scratch)
    {
        if (firstRow % PackedGroup.Rows != 0) throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, "packed rows are multiplied in groups of 16");
        var blocks = Columns / PackedGroup.BlockColumns;
        for (var token = 0; token < input.Tokens; token += BlockTokens)
        {
            var tokens = Math.Min(BlockTokens, input.Tokens - token);
            for (var done = 0; done < rowCount; done += PackedGroup.Rows)
            {
                var group = _memory.Data + (firstRow + done) / PackedGroup.Rows * _groupByteCount;
                new Span<float>(scratch, tokens * PackedGroup.Rows).Clear();
                if (input.Tokens >= UnpackTokens) AccumulatePanels(group, blocks, input.Rounded, token, tokens, scratch);
                else AccumulatePieces(group, blocks, input.Tokens < PieceTokens ? blocks : PieceBlocks, input.Rounded, token, tokens, scratch);
                Copy(scratch, tokens, Math.Min(PackedGroup.Rows, rowCount - done), output + token * outputStride + done, outputStride);
            }
        }
    }

    public override void WidenRow(int row, float* destination) => throw new NotSupportedException($"{Name} is packed for products; rows are looked up where they are stored");

    public override void Dispose() => _memory.Dispose();

    protected override void WidenPiece(int row, int column, int columns, float* destination) => throw new NotSupportedException($"{Name} is packed for products");

    private static void AccumulatePieces(byte* group, int blocks, int pieceBlocks, in RoundedInput input, int token, int tokens, float* sums)
    {
        for (var block = 0; block < blocks; block += pieceBlocks)
            PackedTiles<TFormat, TRegister>.Accumulate(group, block, Math.Min(pieceBlocks, blocks - block), input.From(token, block), tokens, sums);
    }

    private static void AccumulatePanels(byte* group, int blocks, in RoundedInput input, int token, int tokens, float* sums)
    {
        var panel = (byte*)(sums + BlockTokens * PackedGroup.Rows);
        for (var block = 0; block < blocks; block += PieceBlocks)
        {
            var count = Math.Min(PieceBlocks, blocks - block);
            PackedPanel<TFormat>.Unpack<TRegister>(group, block, count, panel);
            PackedTiles<PackedPanel<TFormat>, TRegister>.Accumulate(panel, 0, count, input.From(token, block), tokens, sums);
        }
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
