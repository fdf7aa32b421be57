namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// A quantized matrix repacked for integer products: sixteen rows side by side, so that a register holds the same two columns of neighbouring rows and
/// every output is one lane. Columns fall into blocks of 32 with one scale (and one minimum) a row: w = scale · q - minimum. Nothing is rounded anew.
/// </summary>
internal unsafe interface IPackedFormat
{
    /// <summary>Whether the bytes come from memory, not from a cache.</summary>
    static abstract bool IsStored { get; }

    /// <summary>Whether rows have minimums.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>Whether quants take so many steps that two tokens already pay for unpacking them once, where registers are few.</summary>
    static abstract bool IsCostly { get; }

    /// <summary>Bytes of one group of sixteen rows.</summary>
    static abstract long GroupByteCount(int columns);

    /// <summary>Bytes from one eight columns of a block to the next, about: what comes is asked for ahead.</summary>
    static abstract int EightByteCount { get; }

    /// <summary>Blocks of a unit, which share what <see cref="Prepare"/> makes; 1 where blocks share nothing.</summary>
    static abstract int UnitBlocks { get; }

    /// <summary>What the blocks of a unit share, as floats: once a unit, not once a block.</summary>
    /// <param name="block">The unit's first.</param>
    /// <param name="shared">[2, 16]: what <see cref="Scale"/> and <see cref="NegatedMinimum"/> take.</param>
    static abstract void Prepare<TRegister>(byte* group, int block, int firstRow, float* shared)
        where TRegister : struct, IRegister<TRegister>;

    /// <summary>Where a block of 32 columns begins.</summary>
    static abstract byte* Block(byte* group, int block);

    /// <summary>Eight columns of a block as 16-bit lanes: two columns in each register, rows from <paramref name="firstRow"/> on.</summary>
    /// <param name="eighth">0 to 3: which eight of the block's columns.</param>
    static abstract void Eight<TRegister>(byte* block, int eighth, int firstRow, out TRegister p0, out TRegister p1, out TRegister p2, out TRegister p3)
        where TRegister : struct, IRegister<TRegister>;

    /// <summary>One register of <see cref="Eight"/>'s, where there are too few registers for all at once.</summary>
    /// <param name="pair">0 to 3: which two of the eight columns.</param>
    static abstract TRegister Pair<TRegister>(byte* block, int eighth, int pair, int firstRow)
        where TRegister : struct, IRegister<TRegister>;

    /// <summary>Σ q · input of a block's columns by one token, as 32-bit integers.</summary>
    /// <param name="total">Σ input of the block.</param>
    /// <param name="firstTotal">Σ input of its first sixteen columns.</param>
    static abstract TRegister Dot<TRegister>(byte* block, int firstRow, short* input, int* total, int* firstTotal)
        where TRegister : struct, IRegister<TRegister>;

    /// <summary>The block's scales as floats, exact.</summary>
    static abstract TRegister Scale<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister>;

    /// <summary>The block's minimums as floats, exact and negated.</summary>
    static abstract TRegister NegatedMinimum<TRegister>(float* shared, byte* block, int firstRow)
        where TRegister : struct, IRegister<TRegister>;

    /// <summary>Repacks rows as GGUF stores them.</summary>
    /// <param name="source">The first row.</param>
    /// <param name="rowByteCount">From one row to the next.</param>
    /// <param name="rows">1 to 16; the rest become zeros.</param>
    /// <param name="group">[<see cref="GroupByteCount"/>], zeroed.</param>
    static abstract void Pack(byte* source, long rowByteCount, int rows, int columns, byte* group);
}

/// <summary>Measures that packed formats share.</summary>
internal static class PackedGroup
{
    /// <summary>Rows side by side.</summary>
    public const int Rows = 16;

    /// <summary>Columns of a block.</summary>
    public const int BlockColumns = 32;

    /// <summary>How far ahead of the products weights are asked for: memory answers in about as long as this takes.</summary>
    public const int AheadByteCount = 8192;

    /// <summary>Floats that the blocks of a unit share: a scale and a minimum a row.</summary>
    public const int SharedCount = 2 * Rows;
}
