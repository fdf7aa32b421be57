using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>Products of bytes by four-bit weights, inputs rounded to eight bits (<see cref="ByteInput"/>).</summary>
internal readonly unsafe struct ByteProduct<TFormat, TRegister> : IPackedProduct
    where TFormat : struct, IByteFormat
    where TRegister : struct, IByteRegister<TRegister>
{
    public static InputForms Form => InputForms.EightBits;

    public static int UnpackTokens => IPackedProduct.PieceTokens;

    /// <summary>With AVX-512 loading inputs is the limit, which two groups share.</summary>
    public static int PanelGroups => typeof(TRegister) == typeof(Register512) ? 2 : 1;

    public static long GroupByteCount(int columns) => TFormat.GroupByteCount(columns);

    public static int PanelByteCount(int blocks) => blocks * BytePanel<TFormat>.BlockByteCount;

    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group) => TFormat.Pack(source, rowByteCount, rows, columns, group);

    public static void Accumulate(byte* group, int block, int blocks, in Activations input, int token, int tokens, float* sums) =>
        ByteTiles<TFormat, TRegister>.Accumulate(group, block, blocks, input.Bytes.From(token, block), tokens, sums);

    public static void Unpack(byte* group, int groups, long groupByteCount, int block, int blocks, in Activations input, int token, int tokens, float* sums, byte* panel)
    {
        var bytes = input.Bytes.From(token, block);
        var panelByteCount = PanelByteCount(blocks);
        for (var i = 0; i < groups; i++) BytePanel<TFormat>.Unpack<TRegister>(group + i * groupByteCount, block, blocks, panel + i * panelByteCount);
        var done = groups == 2 ? ByteTiles<BytePanel<TFormat>, TRegister>.AccumulateTwo(panel, panel + panelByteCount, blocks, bytes, tokens, sums, sums + IPackedProduct.SumCount) : 0;
        for (var i = 0; i < groups; i++)
            ByteTiles<BytePanel<TFormat>, TRegister>.Accumulate(panel + i * panelByteCount, 0, blocks, bytes.From(done, 0), tokens - done, sums + i * IPackedProduct.SumCount + done * PackedGroup.Rows);
    }
}
