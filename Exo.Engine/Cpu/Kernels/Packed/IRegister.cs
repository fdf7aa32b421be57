namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// A vector register of one instruction set, as the packed kernels use it: a lane of 32 bits for each of <see cref="Rows"/> neighbouring weight rows, or two
/// of 16 bits. Kernels are written once and compiled for each implementation; every operation is exact or rounded once, so all give the same bits.
/// </summary>
internal unsafe interface IRegister<TSelf>
    where TSelf : struct, IRegister<TSelf>
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

    /// <summary>Signed bytes to 16-bit lanes.</summary>
    static abstract TSelf LoadSignedBytes(byte* source);

    /// <summary>Unsigned bytes to 16-bit lanes.</summary>
    static abstract TSelf LoadBytes(byte* source);

    /// <summary>One signed byte a row to both of the row's 16-bit lanes.</summary>
    static abstract TSelf LoadSignedByteTwice(byte* source);

    /// <summary>One signed byte a row to 32-bit integers.</summary>
    static abstract TSelf LoadSignedBytesAsIntegers(byte* source);

    /// <summary>One half a row to floats: finite numbers only.</summary>
    static abstract TSelf LoadHalves(byte* source);

    /// <summary>One unsigned byte a row to floats.</summary>
    static abstract TSelf LoadBytesAsFloats(byte* source);

    static abstract void Store(TSelf value, float* destination);

    /// <summary>The same 32 bits for every row.</summary>
    static abstract TSelf Broadcast(int value);

    static abstract TSelf Broadcast(float value);

    /// <summary>The same 16 bits in every lane.</summary>
    static abstract TSelf BroadcastShort(short value);

    static abstract TSelf And(TSelf a, TSelf b);

    static abstract TSelf Or(TSelf a, TSelf b);

    /// <summary>16-bit lanes, logical.</summary>
    static abstract TSelf ShiftRight(TSelf value, int count);

    /// <summary>16-bit lanes.</summary>
    static abstract TSelf ShiftLeft(TSelf value, int count);

    /// <summary>16-bit lanes.</summary>
    static abstract TSelf SubtractShorts(TSelf a, TSelf b);

    /// <summary>16-bit lanes, beyond which sums wrap around; bytes too, whose sums fit them.</summary>
    static abstract TSelf AddShorts(TSelf a, TSelf b);

    /// <summary>16-bit lanes; the product fits them.</summary>
    static abstract TSelf MultiplyShorts(TSelf a, TSelf b);

    /// <summary>Products of 16-bit lanes, a row's two added: 32-bit lanes.</summary>
    static abstract TSelf MultiplyPairs(TSelf a, TSelf b);

    /// <summary>Products of bytes, two neighbours' added: 16-bit lanes, which they fit.</summary>
    static abstract TSelf MultiplyBytes(TSelf unsignedBytes, TSelf signedBytes);

    /// <summary>32-bit integers.</summary>
    static abstract TSelf Add(TSelf a, TSelf b);

    /// <summary>32-bit integers; the product fits them.</summary>
    static abstract TSelf MultiplyIntegers(TSelf a, TSelf b);

    /// <summary>32-bit integers, the sign kept.</summary>
    static abstract TSelf ShiftRightSigned(TSelf value, int count);

    /// <summary>32-bit integers to floats, to nearest even.</summary>
    static abstract TSelf ToFloats(TSelf value);

    /// <summary>Floats.</summary>
    static abstract TSelf Multiply(TSelf a, TSelf b);

    /// <summary>a · b + c of floats, rounded once.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);
}
