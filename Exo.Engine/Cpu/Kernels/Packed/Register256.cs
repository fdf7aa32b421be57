using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>AVX2: eight rows, sixteen registers.</summary>
internal readonly unsafe struct Register256(Vector256<int> bits) : IRegister<Register256>
{
    private readonly Vector256<int> _bits = bits;

    public static int Rows => 8;

    public static int TileTokens => 4;

    public static Register256 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Load(void* source) => new(Vector256.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadSignedBytes(byte* source) => new(Avx2.ConvertToVector256Int16((sbyte*)source).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadBytes(byte* source) => new(Avx2.ConvertToVector256Int16(source).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadSignedByteTwice(byte* source)
    {
        var words = Avx2.ConvertToVector256Int32((sbyte*)source);
        return new((words & Vector256.Create(0xFFFF)) | Vector256.ShiftLeft(words, 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadHalves(byte* source) => new(HalfBits.ToFloat(Avx2.ConvertToVector256Int32((short*)source)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 LoadBytesAsFloats(byte* source) => new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(source)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register256 value, float* destination) => value._bits.AsSingle().Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Broadcast(int value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Broadcast(float value) => new(Vector256.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 BroadcastShort(short value) => new(Vector256.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 And(Register256 a, Register256 b) => new(a._bits & b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Or(Register256 a, Register256 b) => new(a._bits | b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 ShiftRight(Register256 value, int count) => new(Vector256.ShiftRightLogical(value._bits.AsUInt16(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 ShiftLeft(Register256 value, int count) => new(Vector256.ShiftLeft(value._bits.AsUInt16(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 SubtractShorts(Register256 a, Register256 b) => new((a._bits.AsInt16() - b._bits.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 MultiplyShorts(Register256 a, Register256 b) => new((a._bits.AsInt16() * b._bits.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 MultiplyPairs(Register256 a, Register256 b) => new(Avx2.MultiplyAddAdjacent(a._bits.AsInt16(), b._bits.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Add(Register256 a, Register256 b) => new(a._bits + b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 ToFloats(Register256 value) => new(Vector256.ConvertToSingle(value._bits).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Multiply(Register256 a, Register256 b) => new((a._bits.AsSingle() * b._bits.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256 Fma(Register256 a, Register256 b, Register256 c) => new(Vector256.FusedMultiplyAdd(a._bits.AsSingle(), b._bits.AsSingle(), c._bits.AsSingle()).AsInt32());
}
