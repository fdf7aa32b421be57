using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>Products of 16-bit pairs, inputs rounded to 14 bits (<see cref="RoundedInput"/>).</summary>
internal readonly unsafe struct PairProduct<TFormat, TRegister> : IPackedProduct
    where TFormat : struct, IPackedFormat
    where TRegister : struct, IRegister<TRegister>
{
    public static InputForms Form => InputForms.FourteenBits;

    /// <summary>
    /// With AVX2 a tile is four tokens and quants widen beside its products for nothing, while unpacked ones are twice the bytes to load.
    /// </summary>
    public static int UnpackTokens => typeof(TRegister) != typeof(Register256) ? IPackedProduct.PieceTokens : TFormat.IsCostly ? 2 : int.MaxValue;

    public static int PanelGroups => 1;

    public static long GroupByteCount(int columns) => TFormat.GroupByteCount(columns);

    public static int PanelByteCount(int blocks) => (int)PackedPanel<TFormat>.GroupByteCount(blocks * PackedGroup.BlockColumns);

    public static void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group) => TFormat.Pack(source, rowByteCount, rows, columns, group);

    public static void Accumulate(byte* group, int block, int blocks, in Activations input, int token, int tokens, float* sums) =>
        PackedTiles<TFormat, TRegister>.Accumulate(group, block, blocks, input.Rounded.From(token, block), tokens, sums);

    public static void Unpack(byte* group, int groups, long groupByteCount, int block, int blocks, in Activations input, int token, int tokens, float* sums, byte* panel)
    {
        PackedPanel<TFormat>.Unpack<TRegister>(group, block, blocks, panel);
        PackedTiles<PackedPanel<TFormat>, TRegister>.Accumulate(panel, 0, blocks, input.Rounded.From(token, block), tokens, sums);
    }
}
