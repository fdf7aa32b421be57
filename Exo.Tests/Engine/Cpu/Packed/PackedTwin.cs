using Exo.Engine.Weights;
using Exo.Tests.Engine.Cpu.Blocks;

namespace Exo.Tests.Engine.Cpu.Packed;

/// <summary>
/// A packed product one number at a time, read off the definition: inputs rounded to 14 bits in blocks of 32, for four-bit weights to eight bits unless finer ones are asked for; integer sums within a block, one fused
/// multiply-add a block, one more for the minimum and one for the inputs' base.
/// </summary>
internal static class PackedTwin
{
    private const float Largest = 8191;

    /// <summary>Σ weight · input of one row.</summary>
    /// <param name="row">The row's stored bytes.</param>
    /// <param name="isFine">Inputs of four-bit weights are rounded to 14 bits too.</param>
    public static float Dot(DType type, bool isFine, ReadOnlySpan<byte> row, ReadOnlySpan<float> input)
    {
        if (IsFourBit(type) && !isFine) return DotBytes(type, row, input);
        var sum = 0f;
        for (var k = 0; k < input.Length; k += 32)
        {
            var (quants, scale) = Round(input.Slice(k, 32));
            var offset = type == DType.Q4_0 ? 8 : 0;
            long products = 0, total = 0;
            for (var i = 0; i < 32; i++)
            {
                products += (Quant(type, row, k + i) + offset) * quants[i];
                total += quants[i];
            }

            sum = MathF.FusedMultiplyAdd(products, Scale(type, row, k) * scale, sum);
            if (type == DType.Q4_0) sum = MathF.FusedMultiplyAdd(-offset * Scale(type, row, k), total * scale, sum);
            if (type == DType.Q4_K) sum = MathF.FusedMultiplyAdd(-Minimum(row, k), total * scale, sum);
        }

        return sum;
    }

    /// <summary>Whether the weights are multiplied by inputs of eight bits, where finer ones aren't asked for.</summary>
    public static bool IsFourBit(DType type) => type is DType.Q4_0 or DType.Q4_K;

    /// <summary>A block of inputs as x ≈ base + step · q, q in -128 to 127.</summary>
    public static (int[] Quants, float Step, float Base) RoundBytes(ReadOnlySpan<float> block)
    {
        var (smallest, largest) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var x in block) (smallest, largest) = (MathF.Min(smallest, x), MathF.Max(largest, x));
        var step = (largest - smallest) / 255f;
        var middle = smallest + 128f * step;
        if (smallest < 0f && largest > 0f && step > 0f) middle = step * MathF.Round(middle / step);
        if (MathF.Max(-smallest, largest) >= MathF.ScaleB(1f, 64)) (step, middle) = (MathF.Max(-smallest, largest) / 127f, 0f);
        var factor = step == 0f ? 0f : MathF.Min(1f / step, float.MaxValue);
        var quants = new int[block.Length];
        for (var i = 0; i < quants.Length; i++) quants[i] = (int)Math.Clamp(MathF.Round((block[i] - middle) * factor, MidpointRounding.ToEven), -128f, 127f);
        return (quants, step, middle);
    }

    private static float DotBytes(DType type, ReadOnlySpan<byte> row, ReadOnlySpan<float> input)
    {
        var sum = 0f;
        for (var k = 0; k < input.Length; k += 32)
        {
            var (quants, step, middle) = RoundBytes(input.Slice(k, 32));
            long products = 0, weights = 0;
            var total = 0;
            for (var i = 0; i < 32; i++)
            {
                var weight = Quant(type, row, k + i);
                products += weight * quants[i];
                weights += weight;
                total += quants[i];
            }

            var scale = Scale(type, row, k);
            var minimum = type == DType.Q4_K ? Minimum(row, k) : 0f;
            sum = MathF.FusedMultiplyAdd(products, scale * step, sum);
            sum = MathF.FusedMultiplyAdd(type == DType.Q4_K ? MathF.FusedMultiplyAdd(scale, weights, -minimum * 32f) : scale * weights, middle, sum);
            if (type == DType.Q4_K) sum = MathF.FusedMultiplyAdd(-minimum, step * total, sum);
        }

        return sum;
    }

    private static (int[] Quants, float Scale) Round(ReadOnlySpan<float> block)
    {
        var largest = 0f;
        foreach (var x in block) largest = MathF.Max(largest, MathF.Abs(x));
        var quants = new int[block.Length];
        for (var i = 0; i < quants.Length; i++) quants[i] = largest == 0f ? 0 : (int)MathF.Round(block[i] * (Largest / largest), MidpointRounding.ToEven);
        return (quants, largest / Largest);
    }

    /// <summary>The integer that the block's scale multiplies; of Q6_K with its group's scale in it.</summary>
    private static long Quant(DType type, ReadOnlySpan<byte> row, int column)
    {
        // Scales of one and minimums of zero leave the integers of the format's definition.
        var block = Block(type, row, column).ToArray();
        BitConverter.TryWriteBytes(block.AsSpan(type == DType.Q6_K ? 208 : 0), (Half)1);
        if (type == DType.Q4_K)
        {
            BitConverter.TryWriteBytes(block.AsSpan(2), (Half)0);
            block.AsSpan(4, 4).Fill(1);
            block.AsSpan(8, 4).Clear();
            block.AsSpan(12, 4).Fill(1);
        }

        return (long)BlockTwins.Element(type, block, column % type.BlockSize());
    }

    private static float Scale(DType type, ReadOnlySpan<byte> row, int column)
    {
        var block = Block(type, row, column);
        var half = (float)BitConverter.ToHalf(block[(type == DType.Q6_K ? 208 : 0)..]);
        return type == DType.Q4_K ? half * SixBits(block, column % 256 / 32).Scale : half;
    }

    private static float Minimum(ReadOnlySpan<byte> row, int column)
    {
        var block = Block(DType.Q4_K, row, column);
        return (float)BitConverter.ToHalf(block[2..]) * SixBits(block, column % 256 / 32).Minimum;
    }

    private static (int Scale, int Minimum) SixBits(ReadOnlySpan<byte> block, int j)
    {
        var s = block[4..];
        return j < 4 ? (s[j] & 63, s[j + 4] & 63) : ((s[j + 4] & 15) + 16 * (s[j - 4] / 64), s[j + 4] / 16 + 16 * (s[j] / 64));
    }

    private static ReadOnlySpan<byte> Block(DType type, ReadOnlySpan<byte> row, int column) => row.Slice(column / type.BlockSize() * type.BlockByteCount(), type.BlockByteCount());
}
