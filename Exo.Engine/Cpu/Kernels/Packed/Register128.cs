using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>Any machine, NEON among them: four rows.</summary>
internal readonly unsafe struct Register128(Vector128<int> bits) : IRegister<Register128>
{
    private readonly Vector128<int> _bits = bits;

    public static int Rows => 4;

    public static int TileTokens => 4;

    public static int HeldSums => 0;

    public static Register128 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 Load(void* source) => new(Vector128.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 LoadSignedBytes(byte* source) => new(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsSByte()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 LoadBytes(byte* source) => new(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsByte()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 LoadSignedByteTwice(byte* source)
    {
        var words = SignedBytes(source);
        return new((words & Vector128.Create(0xFFFF)) | Vector128.ShiftLeft(words, 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 LoadSignedBytesAsIntegers(byte* source) => new(SignedBytes(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 LoadHalves(byte* source) => new(HalfBits.ToFloat(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsInt16())).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 LoadBytesAsFloats(byte* source) => new(Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)source).AsByte())).AsInt32()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 Repeat(void* source) => new(AdvSimd.IsSupported ? AdvSimd.LoadAndReplicateToVector128((int*)source) : Vector128.Create(*(int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register128 value, float* destination) => value._bits.AsSingle().Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 Broadcast(int value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 Broadcast(float value) => new(Vector128.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 BroadcastShort(short value) => new(Vector128.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 And(Register128 a, Register128 b) => new(a._bits & b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 Or(Register128 a, Register128 b) => new(a._bits | b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 ShiftRight(Register128 value, int count) => new(Vector128.ShiftRightLogical(value._bits.AsUInt16(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 ShiftLeft(Register128 value, int count) => new(Vector128.ShiftLeft(value._bits.AsUInt16(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 SubtractShorts(Register128 a, Register128 b) => new((a._bits.AsInt16() - b._bits.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 AddShorts(Register128 a, Register128 b) => new((a._bits.AsInt16() + b._bits.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 MultiplyShorts(Register128 a, Register128 b) => new((a._bits.AsInt16() * b._bits.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 MultiplyPairs(Register128 a, Register128 b)
    {
        var (first, second) = (a._bits.AsInt16(), b._bits.AsInt16());
        if (Sse2.IsSupported) return new(Sse2.MultiplyAddAdjacent(first, second));
        if (AdvSimd.Arm64.IsSupported)
            return new(AdvSimd.Arm64.AddPairwise(AdvSimd.MultiplyWideningLower(first.GetLower(), second.GetLower()), AdvSimd.MultiplyWideningUpper(first, second)));
        return new(FirstShorts(a) * FirstShorts(b) + SecondShorts(a) * SecondShorts(b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 BeginBytes(void* two) => Repeat(two);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 AddBytes(Register128 sum, Register128 bytes, Register128 repeated) => AddShorts(sum, MultiplyBytes(bytes, repeated));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 EndBytes(Register128 sum) =>
        AdvSimd.IsSupported ? new(AdvSimd.AddPairwiseWidening(sum._bits.AsInt16())) : MultiplyPairs(sum, BroadcastShort(1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 SumBytes(Register128 bytes) => EndBytes(MultiplyBytes(bytes, BroadcastShort(0x0101)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 Add(Register128 a, Register128 b) => new(a._bits + b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 MultiplyIntegers(Register128 a, Register128 b) => new(a._bits * b._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 ShiftRightSigned(Register128 value, int count) =>
        new(Vector128.ShiftRightArithmetic(value._bits, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 ToFloats(Register128 value) => new(Vector128.ConvertToSingle(value._bits).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 Multiply(Register128 a, Register128 b) => new((a._bits.AsSingle() * b._bits.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128 Fma(Register128 a, Register128 b, Register128 c) => new(Vector128.FusedMultiplyAdd(a._bits.AsSingle(), b._bits.AsSingle(), c._bits.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> SignedBytes(byte* source) => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)source).AsSByte()));

    /// <summary>Products of bytes, two neighbours' added: 16-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Register128 MultiplyBytes(Register128 bytes, Register128 signedBytes)
    {
        var (first, second) = (bytes._bits.AsSByte(), signedBytes._bits.AsSByte());
        if (Ssse3.IsSupported) return new(Ssse3.MultiplyAddAdjacent(first.AsByte(), second).AsInt32());
        if (AdvSimd.Arm64.IsSupported)
            return new(AdvSimd.Arm64.AddPairwise(AdvSimd.MultiplyWideningLower(first.GetLower(), second.GetLower()), AdvSimd.MultiplyWideningUpper(first, second)).AsInt32());
        return new((FirstBytes(bytes) * FirstBytes(signedBytes) + SecondBytes(bytes) * SecondBytes(signedBytes)).AsInt32());
    }

    private static Vector128<int> FirstShorts(Register128 value) => Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(value._bits, 16), 16);

    private static Vector128<int> SecondShorts(Register128 value) => Vector128.ShiftRightArithmetic(value._bits, 16);

    private static Vector128<short> FirstBytes(Register128 value) => Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(value._bits.AsInt16(), 8), 8);

    private static Vector128<short> SecondBytes(Register128 value) => Vector128.ShiftRightArithmetic(value._bits.AsInt16(), 8);
}
