using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>AVX-512: sixteen rows, thirty-two registers.</summary>
internal readonly unsafe struct Register512(Vector512<int> bits) : IRegister<Register512>
{
    private readonly Vector512<int> _bits = bits;

    public static int Rows => 16;

    public static int TileTokens => 8;

    public static int HeldSums => 8;

    public static Register512 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 Load(void* source) => new(Vector512.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 LoadSignedBytes(byte* source) => new(Avx512BW.ConvertToVector512Int16(Vector256.Load((sbyte*)source)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 LoadBytes(byte* source) => new(Avx512BW.ConvertToVector512Int16(Vector256.Load(source)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 LoadSignedByteTwice(byte* source)
    {
        var words = Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)source));
        return new((words & Vector512.Create(0xFFFF)) | Vector512.ShiftLeft(words, 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 LoadSignedBytesAsIntegers(byte* source) => new(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 LoadHalves(byte* source) => new(HalfBits.ToFloat(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source))).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 LoadBytesAsFloats(byte* source) => new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(source))).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 Repeat(void* source) => new(Vector512.Create(*(int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register512 value, float* destination) => value._bits.AsSingle().Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 Broadcast(int value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 Broadcast(float value) => new(Vector512.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 BroadcastShort(short value) => new(Vector512.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 And(Register512 a, Register512 b) => new(a._bits & b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 Or(Register512 a, Register512 b) => new(a._bits | b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 ShiftRight(Register512 value, int count) => new(Vector512.ShiftRightLogical(value._bits.AsUInt16(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 ShiftLeft(Register512 value, int count) => new(Vector512.ShiftLeft(value._bits.AsUInt16(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 SubtractShorts(Register512 a, Register512 b) => new((a._bits.AsInt16() - b._bits.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 AddShorts(Register512 a, Register512 b) => new((a._bits.AsInt16() + b._bits.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 MultiplyShorts(Register512 a, Register512 b) => new((a._bits.AsInt16() * b._bits.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 MultiplyPairs(Register512 a, Register512 b) => new(Avx512BW.MultiplyAddAdjacent(a._bits.AsInt16(), b._bits.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 BeginBytes(void* two) => Repeat(two);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 AddBytes(Register512 sum, Register512 bytes, Register512 repeated) => AddShorts(sum, MultiplyBytes(bytes, repeated));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 EndBytes(Register512 sum) => MultiplyPairs(sum, BroadcastShort(1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 SumBytes(Register512 bytes) => EndBytes(MultiplyBytes(bytes, BroadcastShort(0x0101)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 Add(Register512 a, Register512 b) => new(a._bits + b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 MultiplyIntegers(Register512 a, Register512 b) => new(a._bits * b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 ShiftRightSigned(Register512 value, int count) =>
        new(Vector512.ShiftRightArithmetic(value._bits, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 ToFloats(Register512 value) => new(Vector512.ConvertToSingle(value._bits).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 Multiply(Register512 a, Register512 b) => new((a._bits.AsSingle() * b._bits.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512 Fma(Register512 a, Register512 b, Register512 c) => new(Vector512.FusedMultiplyAdd(a._bits.AsSingle(), b._bits.AsSingle(), c._bits.AsSingle()).AsInt32());

    /// <summary>Products of bytes, two neighbours' added: 16-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Register512 MultiplyBytes(Register512 bytes, Register512 signedBytes) => new(Avx512BW.MultiplyAddAdjacent(bytes._bits.AsByte(), signedBytes._bits.AsSByte()).AsInt32());
}
