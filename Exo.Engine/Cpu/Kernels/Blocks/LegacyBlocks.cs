using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels.Blocks;

/// <summary>32 signed bytes and one scale: w = d · q.</summary>
internal readonly unsafe struct Q8_0Block : IBlockFormat
{
    public static int Elements => 32;

    public static int ByteCount => 34;

    public static void Widen(byte* block, float* destination)
    {
        var scale = BlockParts.Scale(block);
        for (var i = 0; i < 32; i += 8) BlockParts.Store(BlockParts.SignedBytes(block + 2 + i), scale, destination + i);
    }
}

/// <summary>32 nibbles and one scale: w = d · (q - 8). The low nibbles are the first sixteen elements.</summary>
internal readonly unsafe struct Q4_0Block : IBlockFormat
{
    public static int Elements => 32;

    public static int ByteCount => 18;

    public static void Widen(byte* block, float* destination)
    {
        var scale = BlockParts.Scale(block);
        for (var i = 0; i < 16; i += 8)
        {
            var pairs = BlockParts.Bytes(block + 2 + i);
            BlockParts.Store((pairs & Vector256.Create(15)) - Vector256.Create(8), scale, destination + i);
            BlockParts.Store(Vector256.ShiftRightLogical(pairs, 4) - Vector256.Create(8), scale, destination + 16 + i);
        }
    }
}

/// <summary>32 nibbles, a scale and a minimum: w = d · q + m.</summary>
internal readonly unsafe struct Q4_1Block : IBlockFormat
{
    public static int Elements => 32;

    public static int ByteCount => 20;

    public static void Widen(byte* block, float* destination)
    {
        var (scale, minimum) = (BlockParts.Scale(block), BlockParts.Scale(block + 2));
        for (var i = 0; i < 16; i += 8)
        {
            var pairs = BlockParts.Bytes(block + 4 + i);
            BlockParts.Store(pairs & Vector256.Create(15), scale, minimum, destination + i);
            BlockParts.Store(Vector256.ShiftRightLogical(pairs, 4), scale, minimum, destination + 16 + i);
        }
    }
}

/// <summary>32 five-bit quants and one scale: w = d · (q - 16). The fifth bits lie together in one word.</summary>
internal readonly unsafe struct Q5_0Block : IBlockFormat
{
    public static int Elements => 32;

    public static int ByteCount => 22;

    public static void Widen(byte* block, float* destination)
    {
        var scale = BlockParts.Scale(block);
        var fifths = *(uint*)(block + 2);
        for (var i = 0; i < 16; i += 8)
        {
            var pairs = BlockParts.Bytes(block + 6 + i);
            BlockParts.Store(((pairs & Vector256.Create(15)) | FifthBits.At(fifths, i)) - Vector256.Create(16), scale, destination + i);
            BlockParts.Store((Vector256.ShiftRightLogical(pairs, 4) | FifthBits.At(fifths, 16 + i)) - Vector256.Create(16), scale, destination + 16 + i);
        }
    }
}

/// <summary>32 five-bit quants, a scale and a minimum: w = d · q + m.</summary>
internal readonly unsafe struct Q5_1Block : IBlockFormat
{
    public static int Elements => 32;

    public static int ByteCount => 24;

    public static void Widen(byte* block, float* destination)
    {
        var (scale, minimum) = (BlockParts.Scale(block), BlockParts.Scale(block + 2));
        var fifths = *(uint*)(block + 4);
        for (var i = 0; i < 16; i += 8)
        {
            var pairs = BlockParts.Bytes(block + 8 + i);
            BlockParts.Store((pairs & Vector256.Create(15)) | FifthBits.At(fifths, i), scale, minimum, destination + i);
            BlockParts.Store(Vector256.ShiftRightLogical(pairs, 4) | FifthBits.At(fifths, 16 + i), scale, minimum, destination + 16 + i);
        }
    }
}

/// <summary>32 nibbles that index sixteen uneven levels, and one scale.</summary>
internal readonly unsafe struct IQ4_NLBlock : IBlockFormat
{
    public static int Elements => 32;

    public static int ByteCount => 18;

    public static void Widen(byte* block, float* destination)
    {
        var scale = BlockParts.Scale(block);
        var levels = BlockParts.NonLinearLevels;
        for (var i = 0; i < 16; i++)
        {
            destination[i] = scale * levels[block[2 + i] & 15];
            destination[16 + i] = scale * levels[block[2 + i] >> 4];
        }
    }
}

internal static class FifthBits
{
    /// <summary>Bits <paramref name="first"/> to first + 7 of a word, each as 0 or 16 in its lane.</summary>
    public static Vector256<int> At(uint word, int first)
    {
        var bits = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        var set = Vector256.Equals(Vector256.Create((int)(word >> first)) & bits, bits);
        return set & Vector256.Create(16);
    }
}
