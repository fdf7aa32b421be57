using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Cpu.Blocks;

/// <summary>Stored blocks of random bits with scales that are finite.</summary>
internal static class RandomBlocks
{
    public static byte[] Make(DType type, int count, int seed)
    {
        var bytes = new byte[count * type.BlockByteCount()];
        new Random(seed).NextBytes(bytes);
        int[] halves = type switch
        {
            DType.Q4_1 or DType.Q5_1 or DType.Q4_K or DType.Q5_K => [0, 2],
            DType.Q2_K => [80, 82],
            DType.Q3_K => [108],
            DType.Q6_K => [208],
            _ => [0],
        };
        for (var block = 0; block < count; block++)
            foreach (var half in halves)
            {
                // Exponents from subnormal to 2^-1: what weights have.
                ref var high = ref bytes[block * type.BlockByteCount() + half + 1];
                high = (byte)((high & 0x80) | (high & 0x3F) % 0x38);
            }

        return bytes;
    }
}
