using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>How lower bytes and codes become weights: woven to words of 16 bits, each word a BF16 number, of which every second is shifted and the others are masked to be floats.</summary>
internal static unsafe class TwelveBitWords
{
    private const uint UpperHalf = 0xFFFF0000;
    private const byte Nibble = 0x0F;

    /// <summary>The codes of columns 0 to 15, a byte each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> First(Vector512<byte> codes) => codes & Vector512.Create(Nibble);

    /// <summary>The codes of columns 16 to 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Second(Vector512<byte> codes) => (codes.AsUInt16() >>> 4).AsByte() & Vector512.Create(Nibble);

    /// <inheritdoc cref="First(Vector512{byte})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> First(Vector256<byte> codes) => codes & Vector256.Create(Nibble);

    /// <inheritdoc cref="Second(Vector512{byte})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Second(Vector256<byte> codes) => (codes.AsUInt16() >>> 4).AsByte() & Vector256.Create(Nibble);

    /// <summary>The first eight columns of what 64 lower bytes hold: two rows of each pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> FirstEight(byte* lower, Vector512<byte> upper) => Avx512BW.UnpackLow(Vector512.Load(lower), upper).AsUInt32();

    /// <summary>The second eight columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> SecondEight(byte* lower, Vector512<byte> upper) => Avx512BW.UnpackHigh(Vector512.Load(lower), upper).AsUInt32();

    /// <summary>The first eight columns of what 32 lower bytes hold: a row of each pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> FirstEight(byte* lower, Vector256<byte> upper)
    {
        var bytes = Vector256.Load(lower);
        return Avx2.IsSupported
            ? Avx2.UnpackLow(bytes, upper).AsUInt32()
            : Vector256.Create(WovenLow(bytes.GetLower(), upper.GetLower()), WovenLow(bytes.GetUpper(), upper.GetUpper()));
    }

    /// <inheritdoc cref="SecondEight(byte*, Vector512{byte})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> SecondEight(byte* lower, Vector256<byte> upper)
    {
        var bytes = Vector256.Load(lower);
        return Avx2.IsSupported
            ? Avx2.UnpackHigh(bytes, upper).AsUInt32()
            : Vector256.Create(WovenHigh(bytes.GetLower(), upper.GetLower()), WovenHigh(bytes.GetUpper(), upper.GetUpper()));
    }

    /// <summary>Upper bytes by their codes.</summary>
    /// <param name="table">The sixteen, in each 128 bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Upper(Vector512<byte> table, Vector512<byte> codes) => Avx512BW.Shuffle(table, codes);

    /// <inheritdoc cref="Upper(Vector512{byte}, Vector512{byte})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Upper(Vector256<byte> table, Vector256<byte> codes) => Avx2.IsSupported
        ? Avx2.Shuffle(table, codes)
        : Vector256.Create(Vector128.Shuffle(table.GetLower(), codes.GetLower()), Vector128.Shuffle(table.GetUpper(), codes.GetUpper()));

    /// <summary>The weights of the first pair of rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FirstPair(Vector512<uint> words) => (words << 16).AsSingle();

    /// <summary>The weights of the second pair of rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SecondPair(Vector512<uint> words) => (words & Vector512.Create(UpperHalf)).AsSingle();

    /// <summary>The weights of a row of the first pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FirstPair(Vector256<uint> words) => (words << 16).AsSingle();

    /// <summary>The weights of a row of the second pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SecondPair(Vector256<uint> words) => (words & Vector256.Create(UpperHalf)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> WovenLow(Vector128<byte> lower, Vector128<byte> upper) => (Vector128.WidenLower(lower) | Vector128.WidenLower(upper) << 8).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> WovenHigh(Vector128<byte> lower, Vector128<byte> upper) => (Vector128.WidenUpper(lower) | Vector128.WidenUpper(upper) << 8).AsUInt32();
}
