using System.Buffers.Binary;

namespace Exo.Engine.Quantization;

/// <summary>
/// Q6_K: 256 elements as sixteen groups of six-bit quants with eight-bit scales, and a half for the whole. Source: ggml-quants.c,
/// quantize_row_q6_K_ref with make_qx_quants.
/// </summary>
internal static class Q6_KEncoder
{
    private const int Elements = 256, Groups = 16, GroupSize = 16, Levels = 32;

    /// <param name="values">[256]</param>
    /// <param name="block">210 bytes: 128 of low nibbles, 64 of high pairs, 16 scales, a half.</param>
    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<float> scales = stackalloc float[Groups];
        Span<byte> quants = stackalloc byte[Elements];
        var largest = 0f;
        for (var group = 0; group < Groups; group++)
        {
            scales[group] = Fit(values.Slice(group * GroupSize, GroupSize), quants.Slice(group * GroupSize, GroupSize));
            if (MathF.Abs(scales[group]) > MathF.Abs(largest)) largest = scales[group];
        }

        block.Clear();
        if (MathF.Abs(largest) < Rounding.Negligible) return;
        var inverse = -128f / largest;
        var whole = (Half)(1 / inverse);
        BinaryPrimitives.WriteHalfLittleEndian(block[208..], whole);
        for (var group = 0; group < Groups; group++)
        {
            var scale = (sbyte)Math.Min(127, Rounding.Nearest(inverse * scales[group]));
            block[192 + group] = (byte)scale;
            var step = (float)whole * scale;
            if (step == 0) continue;
            for (var i = group * GroupSize; i < (group + 1) * GroupSize; i++) quants[i] = (byte)(Rounding.Nearest(values[i] / step, -Levels, Levels - 1) + Levels);
        }
        Pack(quants, block);
    }

    private static void Pack(ReadOnlySpan<byte> quants, Span<byte> block)
    {
        for (var half = 0; half < 2; half++)
        {
            var from = quants[(half * 128)..];
            var low = block[(half * 64)..];
            var high = block[(128 + (half * 32))..];
            for (var i = 0; i < 32; i++)
            {
                low[i] = (byte)((from[i] & 15) | ((from[i + 64] & 15) << 4));
                low[i + 32] = (byte)((from[i + 32] & 15) | ((from[i + 96] & 15) << 4));
                high[i] = (byte)((from[i] >> 4) | ((from[i + 32] >> 4) << 2) | ((from[i + 64] >> 4) << 4) | ((from[i + 96] >> 4) << 6));
            }
        }
    }

    /// <summary>The scale, of nineteen tried, whose quants come closest to the values, larger ones counting more; the quants, offset by 32, beside.</summary>
    private static float Fit(ReadOnlySpan<float> values, Span<byte> quants)
    {
        var extreme = 0f;
        foreach (var value in values)
            if (MathF.Abs(value) > MathF.Abs(extreme)) extreme = value;
        const int Plain = -10;
        quants.Clear();
        if (MathF.Abs(extreme) < Rounding.Negligible) return 0;

        var (scale, best) = (0f, 0f);
        for (var trial = Plain; trial <= 9; trial++)
        {
            if (trial == 0) continue; // that is the plain scale, which goes first; the others must better it
            var inverse = trial == Plain ? -Levels / extreme : -(Levels + 0.1f * trial) / extreme;
            float products = 0, squares = 0;
            foreach (var value in values)
            {
                var quant = Rounding.Nearest(inverse * value, -Levels, Levels - 1);
                var weight = value * value;
                products += weight * value * quant;
                squares += weight * quant * quant;
            }
            if (trial != Plain && !(squares > 0 && products * products > best * squares)) continue;
            for (var i = 0; i < GroupSize; i++) quants[i] = (byte)(Rounding.Nearest(inverse * values[i], -Levels, Levels - 1) + Levels);
            scale = squares > 0 ? products / squares : 0;
            best = scale * products;
        }
        return scale;
    }
}
