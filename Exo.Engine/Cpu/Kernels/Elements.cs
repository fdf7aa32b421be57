using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>A stored element type that widens exactly to float, eight at a time. Implementations are empty structs, so each kernel is compiled for each of them.</summary>
internal unsafe interface IElement
{
    /// <summary>Bytes of one element.</summary>
    static abstract int Size { get; }

    /// <summary>Eight consecutive elements as floats; no alignment asked.</summary>
    static abstract Vector256<float> Load(byte* source);

    /// <summary>As <see cref="Load(byte*)"/> for one of a tile's four rows, each with constants of its own: shared ones would take a register that the tile's sums need.</summary>
    /// <param name="row">0 to 3, a constant.</param>
    static abstract Vector256<float> Load(byte* source, int row);

    /// <summary>Eight consecutive elements of each of two rows as floats, one row in each half. Only with AVX-512.</summary>
    static abstract Vector512<float> LoadTwo(byte* first, byte* second);

    /// <summary>One element as float.</summary>
    static abstract float LoadOne(byte* source);

    /// <summary>Eight floats to elements, to nearest even.</summary>
    static abstract void Store(Vector256<float> value, byte* destination);

    /// <summary>One float to an element, to nearest even.</summary>
    static abstract void StoreOne(float value, byte* destination);
}

/// <summary>IEEE 754 binary32.</summary>
internal readonly unsafe struct F32Element : IElement
{
    public static int Size => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source) => Vector256.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source, int row) => Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTwo(byte* first, byte* second) => Vector512.Create(Load(first), Load(second));

    public static float LoadOne(byte* source) => *(float*)source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, byte* destination) => value.Store((float*)destination);

    public static void StoreOne(float value, byte* destination) => *(float*)destination = value;
}

/// <summary>The upper half of a binary32.</summary>
internal readonly unsafe struct BF16Element : IElement
{
    public static int Size => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source)
    {
        return Vector256.ShiftLeft(Widening.Load((ushort*)source), 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source, int row) => Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTwo(byte* first, byte* second) => Vector512.ShiftLeft(Widening.LoadTwo((short*)first, (short*)second), 16).AsSingle();

    public static float LoadOne(byte* source) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)source << 16);

    public static void Store(Vector256<float> value, byte* destination)
    {
        for (var i = 0; i < Lanes.Count; i++) StoreOne(value.GetElement(i), destination + i * Size);
    }

    public static void StoreOne(float value, byte* destination)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        *(ushort*)destination = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}

/// <summary>IEEE 754 binary16.</summary>
internal readonly unsafe struct F16Element : IElement
{
    private const float LargestHalf = 65504f;

    public static int Size => 2;

    /// <summary>Exact; no infinities or NaNs: weights and caches have none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source) => HalfBits.ToFloat(Widening.LoadSigned((short*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source, int row) => Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTwo(byte* first, byte* second) => HalfBits.ToFloat(Widening.LoadTwo((short*)first, (short*)second));

    public static float LoadOne(byte* source) => (float)*(Half*)source;

    public static void Store(Vector256<float> value, byte* destination)
    {
        for (var i = 0; i < Lanes.Count; i++) StoreOne(value.GetElement(i), destination + i * Size);
    }

    /// <summary>Saturates at ±65504: an infinity in a cache would turn a masked position into NaN.</summary>
    public static void StoreOne(float value, byte* destination) => *(Half*)destination = (Half)Math.Clamp(value, -LargestHalf, LargestHalf);
}

/// <summary>
/// Halves 2¹¹² times too small, one product a vector cheaper than <see cref="F16Element"/>: the other factor has been multiplied by 2¹¹² instead
/// (<see cref="FoldedInput"/>), so that every product, every sum and every bit is the same.
/// </summary>
internal readonly unsafe struct FoldedF16Element : IElement
{
    public static int Size => F16Element.Size;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source) => HalfBits.ToFoldedFloat(Widening.LoadSigned((short*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source, int row) => HalfBits.ToFoldedFloat(Widening.LoadSigned((short*)source), row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTwo(byte* first, byte* second) => HalfBits.ToFoldedFloat(Widening.LoadTwo((short*)first, (short*)second));

    public static float LoadOne(byte* source) => F16Element.LoadOne(source) / HalfBits.Rebias;

    public static void Store(Vector256<float> value, byte* destination) => throw new NotSupportedException("folded halves are only read");

    public static void StoreOne(float value, byte* destination) => throw new NotSupportedException("folded halves are only read");
}

internal static unsafe class Widening
{
    /// <summary>Eight 16-bit words as eight 32-bit ones, signs above: one instruction on AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadSigned(short* source) => Avx2.IsSupported
        ? Avx2.ConvertToVector256Int32(source)
        : Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe());

    /// <summary>Eight 16-bit words as eight 32-bit ones, zeros above: one instruction on AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Load(ushort* source) => Avx2.IsSupported
        ? Avx2.ConvertToVector256Int32(source).AsUInt32()
        : Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe());

    /// <summary>Eight 16-bit words of each of two rows as 32-bit ones, signs above. Only with AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadTwo(short* first, short* second) => Avx512F.ConvertToVector512Int32(Vector256.Create(Vector128.Load(first), Vector128.Load(second)));
}
