using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>AVX2: sixteen rows in two registers of sixteen, so that both take what is broadcast of an input.</summary>
internal readonly unsafe struct Register256(Vector256<int> low, Vector256<int> high) : IRegister<Register256>
{
    private readonly Vector256<int> _low = low, _high = high;

    /// <summary>Rows 0 to 7.</summary>
    public Vector256<int> Low => _low;

    /// <summary>Rows 8 to 15.</summary>
    public Vector256<int> High => _high;

    public static int Rows => 16;

    public static int TileTokens => 4;

    public static int HeldSums => 2;

    public static Register256 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Load(void* source) => new(Vector256.Load((int*)source), Vector256.Load((int*)source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadSignedBytes(byte* source) => new(Avx2.ConvertToVector256Int16((sbyte*)source).AsInt32(), Avx2.ConvertToVector256Int16((sbyte*)source + 16).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadBytes(byte* source) => new(Avx2.ConvertToVector256Int16(source).AsInt32(), Avx2.ConvertToVector256Int16(source + 16).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadSignedByteTwice(byte* source) => new(Twice((sbyte*)source), Twice((sbyte*)source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadSignedBytesAsIntegers(byte* source) => new(Avx2.ConvertToVector256Int32((sbyte*)source), Avx2.ConvertToVector256Int32((sbyte*)source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadHalves(byte* source) => new(Halves((short*)source), Halves((short*)source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadBytesAsFloats(byte* source) => new(Floats(source), Floats(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Repeat(void* source) => Both(Vector256.Create(*(int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register256 value, float* destination)
    {
        value._low.AsSingle().Store(destination);
        value._high.AsSingle().Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Broadcast(int value) => Both(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Broadcast(float value) => Both(Vector256.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 BroadcastShort(short value) => Both(Vector256.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 And(Register256 a, Register256 b) => new(a._low & b._low, a._high & b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Or(Register256 a, Register256 b) => new(a._low | b._low, a._high | b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 ShiftRight(Register256 value, int count) =>
        new(Vector256.ShiftRightLogical(value._low.AsUInt16(), count).AsInt32(), Vector256.ShiftRightLogical(value._high.AsUInt16(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 ShiftLeft(Register256 value, int count) =>
        new(Vector256.ShiftLeft(value._low.AsUInt16(), count).AsInt32(), Vector256.ShiftLeft(value._high.AsUInt16(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 SubtractShorts(Register256 a, Register256 b) =>
        new((a._low.AsInt16() - b._low.AsInt16()).AsInt32(), (a._high.AsInt16() - b._high.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 AddShorts(Register256 a, Register256 b) =>
        new((a._low.AsInt16() + b._low.AsInt16()).AsInt32(), (a._high.AsInt16() + b._high.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 MultiplyShorts(Register256 a, Register256 b) =>
        new((a._low.AsInt16() * b._low.AsInt16()).AsInt32(), (a._high.AsInt16() * b._high.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 MultiplyPairs(Register256 a, Register256 b) =>
        new(Avx2.MultiplyAddAdjacent(a._low.AsInt16(), b._low.AsInt16()), Avx2.MultiplyAddAdjacent(a._high.AsInt16(), b._high.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 BeginBytes(void* two) => Repeat(two);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 AddBytes(Register256 sum, Register256 bytes, Register256 repeated) => AddShorts(sum, MultiplyBytes(bytes, repeated));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 EndBytes(Register256 sum) => MultiplyPairs(sum, BroadcastShort(1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 SumBytes(Register256 bytes) => EndBytes(MultiplyBytes(bytes, BroadcastShort(0x0101)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Add(Register256 a, Register256 b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 MultiplyIntegers(Register256 a, Register256 b) => new(a._low * b._low, a._high * b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 ShiftRightSigned(Register256 value, int count) =>
        new(Vector256.ShiftRightArithmetic(value._low, count), Vector256.ShiftRightArithmetic(value._high, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 ToFloats(Register256 value) => new(Vector256.ConvertToSingle(value._low).AsInt32(), Vector256.ConvertToSingle(value._high).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Multiply(Register256 a, Register256 b) =>
        new((a._low.AsSingle() * b._low.AsSingle()).AsInt32(), (a._high.AsSingle() * b._high.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Fma(Register256 a, Register256 b, Register256 c) => new(Fma(a._low, b._low, c._low), Fma(a._high, b._high, c._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Fma(Vector256<int> a, Vector256<int> b, Vector256<int> c) =>
        Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).AsInt32();

    /// <summary>Products of bytes, two neighbours' added: 16-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Register256 MultiplyBytes(Register256 bytes, Register256 signedBytes) =>
        new(
            Avx2.MultiplyAddAdjacent(bytes._low.AsByte(), signedBytes._low.AsSByte()).AsInt32(),
            Avx2.MultiplyAddAdjacent(bytes._high.AsByte(), signedBytes._high.AsSByte()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Register256 Both(Vector256<int> value) => new(value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Halves(short* source) => HalfBits.ToFloat(Avx2.ConvertToVector256Int32(source)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Floats(byte* source) => Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(source)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Twice(sbyte* source)
    {
        var words = Avx2.ConvertToVector256Int32(source);
        return (words & Vector256.Create(0xFFFF)) | Vector256.ShiftLeft(words, 16);
    }
}
