namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Four-bit weights for products of bytes: sixteen rows side by side, a 32-bit lane holds four columns of a row, a byte each. Columns fall into blocks of 32
/// with one scale a row: w = scale · (u - <see cref="Middle"/>), u in 0 to 15. Nothing is rounded anew.
/// </summary>
internal unsafe interface IByteFormat
{
    /// <summary>The u of a weight of zero.</summary>
    const int Middle = 8;

    /// <summary>Whether the bytes come from memory, not from a cache.</summary>
    static abstract bool IsStored { get; }

    /// <summary>Where a block of 32 columns begins.</summary>
    static abstract byte* Block(byte* group, int block);

    /// <summary>u of eight columns of a block, rows from <paramref name="firstRow"/> on.</summary>
    /// <param name="eighth">0 to 3: which four of the block's first sixteen columns, and the same four of its last.</param>
    static abstract void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister first, out TRegister last)
        where TRegister : struct, IRegister<TRegister>;

    /// <summary>The block's scales as floats, exact.</summary>
    static abstract TRegister Scale<TRegister>(byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister>;

    /// <summary>scale · Σ (u - <see cref="Middle"/>) of the block, rounded once.</summary>
    /// <param name="sums">The bytes of all of the block's <see cref="Eight"/> added up, where it is stored; else not read.</param>
    static abstract TRegister ScaledSum<TRegister>(byte* block, int firstRow, TRegister scale, TRegister sums)
        where TRegister : struct, IRegister<TRegister>;
}
