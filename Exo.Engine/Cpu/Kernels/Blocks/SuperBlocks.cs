using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels.Blocks;

/// <summary>256 two-bit quants; sixteen groups of 16 with a four-bit scale and minimum each: w = d · s · q - dmin · m.</summary>
internal readonly unsafe struct Q2_KBlock : IBlockFormat
{
    public static int Elements => 256;

    public static int ByteCount => 84;

    public static void Widen(byte* block, float* destination)
    {
        var quants = block + 16;
        var (scale, minimum) = (BlockParts.Scale(block + 80), BlockParts.Scale(block + 82));
        for (var group = 0; group < 16; group++)
        {
            // Groups 0 to 7 take the first 32 bytes, two groups a pair of bits; 8 to 15 the second 32.
            var source = quants + group / 8 * 32 + group % 2 * 16;
            var shift = group % 8 / 2 * 2;
            var (s, m) = (scale * (block[group] & 15), -minimum * (block[group] >> 4));
            for (var i = 0; i < 16; i += 8)
                BlockParts.Store(Vector256.ShiftRightLogical(BlockParts.Bytes(source + i), shift) & Vector256.Create(3), s, m, destination + group * 16 + i);
        }
    }
}

/// <summary>256 three-bit quants, the third bits apart; sixteen groups of 16 with a six-bit scale: w = d · (s - 32) · (q - 4).</summary>
internal readonly unsafe struct Q3_KBlock : IBlockFormat
{
    public static int Elements => 256;

    public static int ByteCount => 110;

    public static void Widen(byte* block, float* destination)
    {
        var quants = block + 32;
        var scales = block + 96;
        var scale = BlockParts.Scale(block + 108);
        for (var group = 0; group < 16; group++)
        {
            var source = quants + group / 8 * 32 + group % 2 * 16;
            var bits = block + group % 2 * 16;
            var (shift, bit) = (group % 8 / 2 * 2, group / 2);
            var s = scale * (Scale(scales, group) - 32);
            for (var i = 0; i < 16; i += 8)
            {
                var low = Vector256.ShiftRightLogical(BlockParts.Bytes(source + i), shift) & Vector256.Create(3);
                var third = Vector256.ShiftRightLogical(BlockParts.Bytes(bits + i), bit) & Vector256<int>.One;
                BlockParts.Store(low + Vector256.ShiftLeft(third, 2) - Vector256.Create(4), s, destination + group * 16 + i);
            }
        }
    }

    /// <summary>Six-bit scale number <paramref name="group"/>: four low bits in the first eight bytes, two high ones in the last four.</summary>
    private static int Scale(byte* packed, int group)
    {
        var low = group < 8 ? packed[group] & 15 : packed[group - 8] >> 4;
        var high = (packed[8 + group % 4] >> (group / 4 * 2)) & 3;
        return low | (high << 4);
    }
}

/// <summary>256 nibbles; eight groups of 32 with a six-bit scale and minimum each: w = d · s · q - dmin · m.</summary>
internal readonly unsafe struct Q4_KBlock : IBlockFormat
{
    public static int Elements => 256;

    public static int ByteCount => 144;

    public static void Widen(byte* block, float* destination)
    {
        var (scale, minimum) = (BlockParts.Scale(block), BlockParts.Scale(block + 2));
        var quants = block + 16;
        for (var pair = 0; pair < 4; pair++, quants += 32, destination += 64)
        {
            var (s0, m0) = BlockParts.ScaleAndMinimum(block + 4, 2 * pair);
            var (s1, m1) = BlockParts.ScaleAndMinimum(block + 4, 2 * pair + 1);
            var (scale0, offset0, scale1, offset1) = (scale * s0, -minimum * m0, scale * s1, -minimum * m1);
            for (var i = 0; i < 32; i += 8)
            {
                var nibbles = BlockParts.Bytes(quants + i);
                BlockParts.Store(nibbles & Vector256.Create(15), scale0, offset0, destination + i);
                BlockParts.Store(Vector256.ShiftRightLogical(nibbles, 4), scale1, offset1, destination + 32 + i);
            }
        }
    }
}

/// <summary>256 five-bit quants, the fifth bits apart; scales as in Q4_K.</summary>
internal readonly unsafe struct Q5_KBlock : IBlockFormat
{
    public static int Elements => 256;

    public static int ByteCount => 176;

    public static void Widen(byte* block, float* destination)
    {
        var (scale, minimum) = (BlockParts.Scale(block), BlockParts.Scale(block + 2));
        var fifths = block + 16;
        var quants = block + 48;
        for (var pair = 0; pair < 4; pair++, quants += 32, destination += 64)
        {
            var (s0, m0) = BlockParts.ScaleAndMinimum(block + 4, 2 * pair);
            var (s1, m1) = BlockParts.ScaleAndMinimum(block + 4, 2 * pair + 1);
            var (scale0, offset0, scale1, offset1) = (scale * s0, -minimum * m0, scale * s1, -minimum * m1);
            for (var i = 0; i < 32; i += 8)
            {
                var nibbles = BlockParts.Bytes(quants + i);
                var bits = Vector256.ShiftRightLogical(BlockParts.Bytes(fifths + i), 2 * pair);
                var low = (nibbles & Vector256.Create(15)) | Vector256.ShiftLeft(bits & Vector256<int>.One, 4);
                var high = Vector256.ShiftRightLogical(nibbles, 4) | Vector256.ShiftLeft(bits & Vector256.Create(2), 3);
                BlockParts.Store(low, scale0, offset0, destination + i);
                BlockParts.Store(high, scale1, offset1, destination + 32 + i);
            }
        }
    }
}

/// <summary>256 six-bit quants, four low bits and two high ones apart; sixteen groups of 16 with a signed byte scale: w = d · s · (q - 32).</summary>
internal readonly unsafe struct Q6_KBlock : IBlockFormat
{
    public static int Elements => 256;

    public static int ByteCount => 210;

    public static void Widen(byte* block, float* destination)
    {
        var scale = BlockParts.Scale(block + 208);
        for (var half = 0; half < 2; half++, destination += 128)
        {
            var low = block + 64 * half;
            var high = block + 128 + 32 * half;
            var scales = (sbyte*)(block + 192 + 8 * half);
            for (var i = 0; i < 32; i += 8)
            {
                var (first, second, bits) = (BlockParts.Bytes(low + i), BlockParts.Bytes(low + 32 + i), BlockParts.Bytes(high + i));
                var group = i / 16;
                BlockParts.Store(Quant(first & Vector256.Create(15), bits), scale * scales[group], destination + i);
                BlockParts.Store(Quant(second & Vector256.Create(15), Vector256.ShiftRightLogical(bits, 2)), scale * scales[group + 2], destination + 32 + i);
                BlockParts.Store(Quant(Vector256.ShiftRightLogical(first, 4), Vector256.ShiftRightLogical(bits, 4)), scale * scales[group + 4], destination + 64 + i);
                BlockParts.Store(Quant(Vector256.ShiftRightLogical(second, 4), Vector256.ShiftRightLogical(bits, 6)), scale * scales[group + 6], destination + 96 + i);
            }
        }
    }

    private static Vector256<int> Quant(Vector256<int> low, Vector256<int> high) =>
        (low | Vector256.ShiftLeft(high & Vector256.Create(3), 4)) - Vector256.Create(32);
}

/// <summary>256 nibbles that index sixteen uneven levels; eight groups of 32 with a six-bit scale: w = d · (s - 32) · level.</summary>
internal readonly unsafe struct IQ4_XSBlock : IBlockFormat
{
    public static int Elements => 256;

    public static int ByteCount => 136;

    public static void Widen(byte* block, float* destination)
    {
        var scale = BlockParts.Scale(block);
        int highScales = *(ushort*)(block + 2);
        var quants = block + 8;
        var levels = BlockParts.NonLinearLevels;
        for (var group = 0; group < 8; group++, quants += 16, destination += 32)
        {
            var low = (block[4 + group / 2] >> (group % 2 * 4)) & 15;
            var s = scale * ((low | (((highScales >> (2 * group)) & 3) << 4)) - 32);
            for (var i = 0; i < 16; i++)
            {
                destination[i] = s * levels[quants[i] & 15];
                destination[16 + i] = s * levels[quants[i] >> 4];
            }
        }
    }
}
