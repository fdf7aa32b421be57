using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Blocks;

/// <summary>
/// A quantized block as GGUF stores it (the ggml project's block_* structures). Implementations are empty structs, so each kernel is compiled for each of them.
/// </summary>
internal unsafe interface IBlockFormat
{
    /// <summary>Elements of one block: 32 or 256.</summary>
    static abstract int Elements { get; }

    /// <summary>Bytes of one block.</summary>
    static abstract int ByteCount { get; }

    /// <summary>A block's elements as floats, [<see cref="Elements"/>]. Products of scale and quant are exact in a float.</summary>
    static abstract void Widen(byte* block, float* destination);
}

/// <summary>Pieces that block formats share.</summary>
internal static unsafe class BlockParts
{
    /// <summary>The sixteen levels of IQ4_NL and IQ4_XS.</summary>
    public static ReadOnlySpan<sbyte> NonLinearLevels => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>A half as float, without the library's general path: subnormal halves take it, infinities and NaNs don't occur in weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(byte* half)
    {
        uint bits = *(ushort*)half;
        if ((bits & 0x7C00) == 0) return (float)*(Half*)half;
        return BitConverter.UInt32BitsToSingle(((bits & 0x8000) << 16) | (((bits & 0x7FFF) << 13) + (112u << 23)));
    }

    /// <summary>Eight unsigned bytes as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Bytes(byte* source)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32(source);
        var words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsByte());
        return Vector256.WidenLower(words.ToVector256Unsafe()).AsInt32();
    }

    /// <summary>Eight signed bytes as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> SignedBytes(byte* source)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32((sbyte*)source);
        var words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsSByte());
        return Vector256.WidenLower(words.ToVector256Unsafe());
    }

    /// <summary>Eight quants times a scale, to memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> quants, float scale, float* destination) => (Vector256.ConvertToSingle(quants) * scale).Store(destination);

    /// <summary>Eight quants times a scale plus an offset, rounded once (the product is exact), to memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> quants, float scale, float offset, float* destination) =>
        Lanes.Fma(Vector256.ConvertToSingle(quants), Vector256.Create(scale), Vector256.Create(offset)).Store(destination);

    /// <summary>Scale and minimum number <paramref name="index"/> (0 to 7) of the twelve bytes in which Q4_K and Q5_K pack eight of each, six bits wide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int Scale, int Minimum) ScaleAndMinimum(byte* packed, int index) => index < 4
        ? (packed[index] & 63, packed[index + 4] & 63)
        : ((packed[index + 4] & 15) | ((packed[index - 4] >> 6) << 4), (packed[index + 4] >> 4) | ((packed[index] >> 6) << 4));
}
