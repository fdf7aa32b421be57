using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// ARM64 with dot products (sdot): sixteen rows in four of its thirty-two registers, so that all take what is repeated of an input. Four products of bytes are added to a
/// 32-bit lane at once. It has none of 16 bits: pairs are <see cref="Register128"/>'s.
/// </summary>
/// <remarks>Operations are written out four times: through helpers a tile of four tokens has more calls than the compiler is willing to inline.</remarks>
internal readonly unsafe struct RegisterNeonDot(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d) : IByteRegister<RegisterNeonDot>
{
    /// <summary>Rows 0 to 3, 4 to 7, 8 to 11 and 12 to 15.</summary>
    private readonly Vector128<int> _a = a, _b = b, _c = c, _d = d;

    public static int Rows => 16;

    public static int TileTokens => 4;

    public static int HeldSums => 1;

    public static RegisterNeonDot Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot Load(void* source)
    {
        var rows = (int*)source;
        return new(Vector128.Load(rows), Vector128.Load(rows + 4), Vector128.Load(rows + 8), Vector128.Load(rows + 12));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot LoadHalves(byte* source)
    {
        var (first, last) = (Vector128.Load((short*)source), Vector128.Load((short*)source + 8));
        return new(
            HalfBits.ToFloat(Vector128.WidenLower(first)).AsInt32(), HalfBits.ToFloat(Vector128.WidenUpper(first)).AsInt32(),
            HalfBits.ToFloat(Vector128.WidenLower(last)).AsInt32(), HalfBits.ToFloat(Vector128.WidenUpper(last)).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot LoadBytesAsFloats(byte* source)
    {
        var bytes = Vector128.Load(source);
        var (first, last) = (Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));
        return ToFloats(new(
            Vector128.WidenLower(first).AsInt32(), Vector128.WidenUpper(first).AsInt32(), Vector128.WidenLower(last).AsInt32(), Vector128.WidenUpper(last).AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot Repeat(void* source)
    {
        var bits = AdvSimd.LoadAndReplicateToVector128((int*)source);
        return new(bits, bits, bits, bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RegisterNeonDot value, float* destination)
    {
        value._a.AsSingle().Store(destination);
        value._b.AsSingle().Store(destination + 4);
        value._c.AsSingle().Store(destination + 8);
        value._d.AsSingle().Store(destination + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot Broadcast(int value)
    {
        var bits = Vector128.Create(value);
        return new(bits, bits, bits, bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot Broadcast(float value)
    {
        var bits = Vector128.Create(value).AsInt32();
        return new(bits, bits, bits, bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot BroadcastShort(short value)
    {
        var bits = Vector128.Create(value).AsInt32();
        return new(bits, bits, bits, bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot And(RegisterNeonDot a, RegisterNeonDot b) => new(a._a & b._a, a._b & b._b, a._c & b._c, a._d & b._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot ShiftRight(RegisterNeonDot value, int count) =>
        new(
            Vector128.ShiftRightLogical(value._a.AsUInt16(), count).AsInt32(), Vector128.ShiftRightLogical(value._b.AsUInt16(), count).AsInt32(),
            Vector128.ShiftRightLogical(value._c.AsUInt16(), count).AsInt32(), Vector128.ShiftRightLogical(value._d.AsUInt16(), count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot AddShorts(RegisterNeonDot a, RegisterNeonDot b) =>
        new(
            (a._a.AsInt16() + b._a.AsInt16()).AsInt32(), (a._b.AsInt16() + b._b.AsInt16()).AsInt32(),
            (a._c.AsInt16() + b._c.AsInt16()).AsInt32(), (a._d.AsInt16() + b._d.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot BeginBytes(void* two)
    {
        var sum = AdvSimd.AddPairwiseWidening(AdvSimd.LoadAndReplicateToVector128((int*)two).AsInt16());
        return new(sum, sum, sum, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot AddBytes(RegisterNeonDot sum, RegisterNeonDot bytes, RegisterNeonDot repeated)
    {
        var four = repeated._a.AsSByte(); // One register for all: the compiler would copy it.
        return new(
            Dp.DotProduct(sum._a, bytes._a.AsSByte(), four), Dp.DotProduct(sum._b, bytes._b.AsSByte(), four),
            Dp.DotProduct(sum._c, bytes._c.AsSByte(), four), Dp.DotProduct(sum._d, bytes._d.AsSByte(), four));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot EndBytes(RegisterNeonDot sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot SumBytes(RegisterNeonDot bytes) => AddBytes(Zero, bytes, BroadcastShort(0x0101));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot Add(RegisterNeonDot a, RegisterNeonDot b) => new(a._a + b._a, a._b + b._b, a._c + b._c, a._d + b._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot ToFloats(RegisterNeonDot value) =>
        new(
            Vector128.ConvertToSingle(value._a).AsInt32(), Vector128.ConvertToSingle(value._b).AsInt32(),
            Vector128.ConvertToSingle(value._c).AsInt32(), Vector128.ConvertToSingle(value._d).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot Multiply(RegisterNeonDot a, RegisterNeonDot b) =>
        new(
            (a._a.AsSingle() * b._a.AsSingle()).AsInt32(), (a._b.AsSingle() * b._b.AsSingle()).AsInt32(),
            (a._c.AsSingle() * b._c.AsSingle()).AsInt32(), (a._d.AsSingle() * b._d.AsSingle()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterNeonDot Fma(RegisterNeonDot a, RegisterNeonDot b, RegisterNeonDot c) =>
        new(
            Vector128.FusedMultiplyAdd(a._a.AsSingle(), b._a.AsSingle(), c._a.AsSingle()).AsInt32(), Vector128.FusedMultiplyAdd(a._b.AsSingle(), b._b.AsSingle(), c._b.AsSingle()).AsInt32(),
            Vector128.FusedMultiplyAdd(a._c.AsSingle(), b._c.AsSingle(), c._c.AsSingle()).AsInt32(), Vector128.FusedMultiplyAdd(a._d.AsSingle(), b._d.AsSingle(), c._d.AsSingle()).AsInt32());
}
