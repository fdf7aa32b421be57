namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// A vector register of one instruction set, as the packed kernels use it: a lane of 32 bits for each of <see cref="IByteRegister{TSelf}.Rows"/> neighbouring weight rows, or two
/// of 16 bits. Kernels are written once and compiled for each implementation; every operation is exact or rounded once, so all give the same bits. What products of bytes need
/// is in <see cref="IByteRegister{TSelf}"/>.
/// </summary>
internal unsafe interface IRegister<TSelf> : IByteRegister<TSelf>
    where TSelf : struct, IRegister<TSelf>
{
    /// <summary>Signed bytes to 16-bit lanes.</summary>
    static abstract TSelf LoadSignedBytes(byte* source);

    /// <summary>Unsigned bytes to 16-bit lanes.</summary>
    static abstract TSelf LoadBytes(byte* source);

    /// <summary>One signed byte a row to both of the row's 16-bit lanes.</summary>
    static abstract TSelf LoadSignedByteTwice(byte* source);

    /// <summary>One signed byte a row to 32-bit integers.</summary>
    static abstract TSelf LoadSignedBytesAsIntegers(byte* source);

    static abstract TSelf Or(TSelf a, TSelf b);

    /// <summary>16-bit lanes.</summary>
    static abstract TSelf ShiftLeft(TSelf value, int count);

    /// <summary>16-bit lanes.</summary>
    static abstract TSelf SubtractShorts(TSelf a, TSelf b);

    /// <summary>16-bit lanes; the product fits them.</summary>
    static abstract TSelf MultiplyShorts(TSelf a, TSelf b);

    /// <summary>Products of 16-bit lanes, a row's two added: 32-bit lanes.</summary>
    static abstract TSelf MultiplyPairs(TSelf a, TSelf b);

    /// <summary>32-bit integers; the product fits them.</summary>
    static abstract TSelf MultiplyIntegers(TSelf a, TSelf b);

    /// <summary>32-bit integers, the sign kept.</summary>
    static abstract TSelf ShiftRightSigned(TSelf value, int count);
}
