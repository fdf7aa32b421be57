namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>The part of a register (<see cref="IRegister{TSelf}"/>) that products of bytes need: a lane of 32 bits a row, which holds four bytes of it or a number.</summary>
internal unsafe interface IByteRegister<TSelf>
    where TSelf : struct, IByteRegister<TSelf>
{
    /// <summary>Rows side by side: 16, 8 or 4.</summary>
    static abstract int Rows { get; }

    /// <summary>Tokens whose sums the machine's registers hold beside each other.</summary>
    static abstract int TileTokens { get; }

    /// <summary>The most tokens whose sums of a group stay in registers from block to block.</summary>
    static abstract int HeldSums { get; }

    static abstract TSelf Zero { get; }

    /// <summary>A whole register.</summary>
    static abstract TSelf Load(void* source);

    /// <summary>One half a row to floats: finite numbers only.</summary>
    static abstract TSelf LoadHalves(byte* source);

    /// <summary>One unsigned byte a row to floats.</summary>
    static abstract TSelf LoadBytesAsFloats(byte* source);

    /// <summary>The 32 bits at a place, for every row.</summary>
    static abstract TSelf Repeat(void* source);

    static abstract void Store(TSelf value, float* destination);

    /// <summary>The same 32 bits for every row.</summary>
    static abstract TSelf Broadcast(int value);

    static abstract TSelf Broadcast(float value);

    /// <summary>The same 16 bits in every lane.</summary>
    static abstract TSelf BroadcastShort(short value);

    static abstract TSelf And(TSelf a, TSelf b);

    /// <summary>16-bit lanes, logical.</summary>
    static abstract TSelf ShiftRight(TSelf value, int count);

    /// <summary>16-bit lanes, beyond which sums wrap around; bytes too, whose sums fit them.</summary>
    static abstract TSelf AddShorts(TSelf a, TSelf b);

    /// <summary>A sum of products of bytes that begins with two 16-bit integers added up, the same for every row. Until <see cref="EndBytes"/> its form is the register's own affair.</summary>
    static abstract TSelf BeginBytes(void* two);

    /// <summary>Adds a row's four products of bytes.</summary>
    /// <param name="sum">It may wrap around 16 bits on its way, where each two neighbours' part of it fits them in the end.</param>
    /// <param name="bytes">0 to 127.</param>
    /// <param name="repeated">Four signed bytes, the same for every row; two neighbours' products add up to 16 bits.</param>
    static abstract TSelf AddBytes(TSelf sum, TSelf bytes, TSelf repeated);

    /// <summary>The sum as a 32-bit integer.</summary>
    static abstract TSelf EndBytes(TSelf sum);

    /// <summary>The sum of a row's four bytes, 0 to 127 each, as a 32-bit integer.</summary>
    static abstract TSelf SumBytes(TSelf bytes);

    /// <summary>32-bit integers.</summary>
    static abstract TSelf Add(TSelf a, TSelf b);

    /// <summary>32-bit integers to floats, to nearest even.</summary>
    static abstract TSelf ToFloats(TSelf value);

    /// <summary>Floats.</summary>
    static abstract TSelf Multiply(TSelf a, TSelf b);

    /// <summary>a · b + c of floats, rounded once.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);
}
