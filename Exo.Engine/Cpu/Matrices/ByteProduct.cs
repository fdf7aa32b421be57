using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>Products of bytes by Q4_0, inputs rounded to eight bits (<see cref="ByteInput"/>).</summary>
internal readonly unsafe struct ByteProduct<TRegister> : IPackedProduct
    where TRegister : struct, IRegister<TRegister>
{
    public static InputForms Form => InputForms.EightBits;

    public static int UnpackTokens => IPackedProduct.PieceTokens;

    public static long GroupByteCount(int columns) => PackedQ4_0.GroupByteCount(columns);

    public static int PanelByteCount(int blocks) => blocks * BytePanel.BlockByteCount;

    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group) => PackedQ4_0.Pack(source, rowByteCount, rows, columns, group);

    public static void Accumulate(byte* group, int block, int blocks, in Activations input, int token, int tokens, float* sums) =>
        ByteTiles<PackedQ4_0, TRegister>.Accumulate(group, block, blocks, input.Bytes.From(token, block), tokens, sums);

    public static void Unpack(byte* group, int block, int blocks, in Activations input, int token, int tokens, float* sums, byte* panel)
    {
        BytePanel.Unpack<TRegister>(group, block, blocks, panel);
        ByteTiles<BytePanel, TRegister>.Accumulate(panel, 0, blocks, input.Bytes.From(token, block), tokens, sums);
    }
}
