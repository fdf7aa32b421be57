namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Four-bit weights for products of bytes: sixteen rows side by side, a 32-bit lane holds four columns of a row, a byte each. Columns fall into blocks of 32 with one scale a row,
/// u in 0 to 15: w = scale · (u - <see cref="Middle"/>), or, where rows have minimums, w = scale · u - minimum. Nothing is rounded anew.
/// </summary>
internal unsafe interface IByteFormat
{
    /// <summary>The u of a weight of zero, where there are no minimums.</summary>
    const int Middle = 8;

    /// <summary>Whether the bytes come from memory, not from a cache.</summary>
    static abstract bool IsStored { get; }

    /// <summary>Whether rows have minimums.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>Bytes of one group of sixteen rows.</summary>
    static abstract long GroupByteCount(int columns);

    /// <summary>Where a block of 32 columns begins.</summary>
    static abstract byte* Block(byte* group, int block);

    /// <summary>u of eight columns of a block, rows from <paramref name="firstRow"/> on.</summary>
    /// <param name="eighth">0 to 3: which four of the block's first sixteen columns, and the same four of its last.</param>
    static abstract void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister first, out TRegister last)
        where TRegister : struct, IByteRegister<TRegister>;

    /// <summary>A block's scales as floats, rounded once at most.</summary>
    static abstract TRegister Scale<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister>;

    /// <summary>A block's minimums as floats, rounded once at most and negated; zero where there are none.</summary>
    static abstract TRegister NegatedMinimum<TRegister>(byte* group, int block, int firstRow)
        where TRegister : struct, IByteRegister<TRegister>;

    /// <summary>Σ w of the block.</summary>
    /// <param name="bytes">The bytes of all of the block's <see cref="Eight"/> added up, where it is stored; else not read.</param>
    static abstract TRegister WeightSum<TRegister>(byte* group, int block, int firstRow, TRegister scale, TRegister negatedMinimum, TRegister bytes)
        where TRegister : struct, IByteRegister<TRegister>;

    /// <summary>Repacks rows as GGUF stores them.</summary>
    /// <param name="source">The first row.</param>
    /// <param name="rowByteCount">From one row to the next.</param>
    /// <param name="rows">1 to 16; the rest become zeros.</param>
    /// <param name="group">[<see cref="GroupByteCount"/>], zeroed.</param>
    static abstract void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group);
}
