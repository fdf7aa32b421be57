using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Cpu.Blocks;

/// <summary>One element of a quantized block at a time, read off the format's definition in ggml (block_* in ggml-common.h), in double precision.</summary>
internal static class BlockTwins
{
    private static readonly int[] Levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>Element <paramref name="i"/> of a block.</summary>
    public static double Element(DType type, ReadOnlySpan<byte> b, int i) => type switch
    {
        DType.Q8_0 => Half(b, 0) * (sbyte)b[2 + i],
        DType.Q4_0 => Half(b, 0) * (Nibble(b[2..], i) - 8),
        DType.Q4_1 => Half(b, 0) * Nibble(b[4..], i) + Half(b, 2),
        DType.Q5_0 => Half(b, 0) * ((Nibble(b[6..], i) | (Bit(b[2..], i) << 4)) - 16),
        DType.Q5_1 => Half(b, 0) * (Nibble(b[8..], i) | (Bit(b[4..], i) << 4)) + Half(b, 2),
        DType.IQ4_NL => Half(b, 0) * Levels[Nibble(b[2..], i)],
        DType.Q2_K => Half(b, 80) * (b[i / 16] & 15) * TwoBits(b[16..], i) - Half(b, 82) * (b[i / 16] >> 4),
        DType.Q3_K => Half(b, 108) * (ThreeBitScale(b[96..], i / 16) - 32) * (TwoBits(b[32..], i) - (((b[i % 32] >> (i / 32)) & 1) == 1 ? 0 : 4)),
        DType.Q4_K => Half(b, 0) * SixBits(b[4..], i / 32).Scale * HalvesOf64(b[16..], i) - Half(b, 2) * SixBits(b[4..], i / 32).Minimum,
        DType.Q5_K => Half(b, 0) * SixBits(b[4..], i / 32).Scale * (HalvesOf64(b[48..], i) | (((b[16 + i % 32] >> (i / 32)) & 1) << 4)) - Half(b, 2) * SixBits(b[4..], i / 32).Minimum,
        DType.Q6_K => Half(b, 208) * (sbyte)b[192 + i / 16] * (SixBitQuant(b, i) - 32),
        DType.IQ4_XS => Half(b, 0) * (UnevenScale(b, i / 32) - 32) * Levels[Nibble(b[(8 + i / 32 * 16)..], i % 32)],
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static double Half(ReadOnlySpan<byte> b, int at) => (double)BitConverter.ToHalf(b[at..]);

    /// <summary>Sixteen bytes hold elements 0 to 15 below and 16 to 31 above.</summary>
    private static int Nibble(ReadOnlySpan<byte> b, int i) => i < 16 ? b[i] & 15 : b[i - 16] >> 4;

    private static int Bit(ReadOnlySpan<byte> b, int i) => (b[i / 8] >> (i % 8)) & 1;

    /// <summary>Each 32 bytes hold 128 elements: 0 to 31 in the lowest bits, 32 to 63 above them, and so on.</summary>
    private static int TwoBits(ReadOnlySpan<byte> b, int i) => (b[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2)) & 3;

    /// <summary>Each 32 bytes hold 64 elements: 0 to 31 below, 32 to 63 above.</summary>
    private static int HalvesOf64(ReadOnlySpan<byte> b, int i) => i % 64 < 32 ? b[i / 64 * 32 + i % 32] & 15 : b[i / 64 * 32 + i % 32] >> 4;

    private static (int Scale, int Minimum) SixBits(ReadOnlySpan<byte> s, int j) => j < 4
        ? (s[j] & 63, s[j + 4] & 63)
        : ((s[j + 4] & 15) + 16 * (s[j - 4] / 64), s[j + 4] / 16 + 16 * (s[j] / 64));

    private static int ThreeBitScale(ReadOnlySpan<byte> s, int j)
    {
        var low = j < 8 ? s[j] % 16 : s[j - 8] / 16;
        return low + 16 * ((s[8 + j % 4] >> (2 * (j / 4))) % 4);
    }

    private static int SixBitQuant(ReadOnlySpan<byte> b, int i)
    {
        var (half, quarter, l) = (i / 128, i % 128 / 32, i % 32);
        var low = b[half * 64 + quarter % 2 * 32 + l];
        var high = (b[128 + half * 32 + l] >> (2 * quarter)) & 3;
        return (quarter < 2 ? low & 15 : low >> 4) | (high << 4);
    }

    private static int UnevenScale(ReadOnlySpan<byte> b, int j) =>
        ((b[4 + j / 2] >> (j % 2 * 4)) & 15) | (((BitConverter.ToUInt16(b[2..]) >> (2 * j)) & 3) << 4);
}
