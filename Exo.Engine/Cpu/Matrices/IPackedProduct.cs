using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Matrices;

/// <summary>How a <see cref="PackedMatrix{TProduct}"/> is stored and multiplied: a format, what its inputs are rounded to, and an instruction set.</summary>
internal unsafe interface IPackedProduct
{
    /// <summary>From this many tokens on rows are cut into pieces that stay in the first-level cache.</summary>
    const int PieceTokens = 24;

    /// <summary>Tokens whose sums are held at once: 8 KiB a group.</summary>
    const int BlockTokens = 128;

    /// <summary>Floats of a group's sums: [<see cref="BlockTokens"/>, 16].</summary>
    const int SumCount = BlockTokens * PackedGroup.Rows;

    /// <summary>The rounded form of inputs that it reads.</summary>
    static abstract InputForms Form { get; }

    /// <summary>From this many tokens on, unpacking a piece first pays.</summary>
    static abstract int UnpackTokens { get; }

    /// <summary>Groups that are unpacked and multiplied at a time, 1 or 2.</summary>
    static abstract int PanelGroups { get; }

    /// <summary>Bytes of one group of sixteen rows.</summary>
    static abstract long GroupByteCount(int columns);

    /// <summary>Bytes of an unpacked piece of sixteen rows.</summary>
    static abstract int PanelByteCount(int blocks);

    /// <inheritdoc cref="IPackedFormat.Pack"/>
    static abstract void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group);

    /// <summary>sums[token, row] += Σ weight · input over blocks of a group.</summary>
    /// <param name="token">The input's first.</param>
    /// <param name="sums">[tokens, 16], added to</param>
    static abstract void Accumulate(byte* group, int block, int blocks, in Activations input, int token, int tokens, float* sums);

    /// <summary>The same for many tokens, the blocks of one or of <see cref="PanelGroups"/> groups unpacked first.</summary>
    /// <param name="groupByteCount">From one group to the next.</param>
    /// <param name="sums">[groups, <see cref="BlockTokens"/>, 16], added to</param>
    /// <param name="panel">[groups, <see cref="PanelByteCount"/>], overwritten</param>
    static abstract void Unpack(byte* group, int groups, long groupByteCount, int block, int blocks, in Activations input, int token, int tokens, float* sums, byte* panel);
}
