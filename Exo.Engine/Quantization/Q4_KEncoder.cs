using System.Buffers.Binary;

namespace Exo.Engine.Quantization;

/// <summary>
/// Q4_K: 256 elements as eight groups of four-bit quants with six-bit scales and minima, and two halves for the whole. Source: ggml-quants.c,
/// quantize_row_q4_K_ref with make_qkx2_quants.
/// </summary>
internal static class Q4_KEncoder
{
    private const int Elements = 256, Groups = 8, GroupSize = 32, MaxQuant = 15, MaxScale = 63, Trials = 20;

    /// <param name="values">[256]</param>
    /// <param name="block">144 bytes: two halves, 12 of scales and minima, 128 of quants.</param>
    public static void Encode(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<float> scales = stackalloc float[Groups], minima = stackalloc float[Groups];
        Span<byte> quants = stackalloc byte[Elements];
        float largestScale = 0, largestMinimum = 0;
        for (var group = 0; group < Groups; group++)
        {
            scales[group] = Fit(values.Slice(group * GroupSize, GroupSize), quants.Slice(group * GroupSize, GroupSize), out minima[group]);
            largestScale = Math.Max(largestScale, scales[group]);
            largestMinimum = Math.Max(largestMinimum, minima[group]);
        }

        block.Clear();
        var (scaleOfScales, scaleOfMinima) = ((Half)(largestScale / MaxScale), (Half)(largestMinimum / MaxScale));
        BinaryPrimitives.WriteHalfLittleEndian(block, scaleOfScales);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], scaleOfMinima);
        var packed = block.Slice(4, 12);
        for (var group = 0; group < Groups; group++)
        {
            var scale = Math.Min(MaxScale, Rounding.Nearest((largestScale > 0 ? MaxScale / largestScale : 0) * scales[group]));
            var minimum = Math.Min(MaxScale, Rounding.Nearest((largestMinimum > 0 ? MaxScale / largestMinimum : 0) * minima[group]));
            PackScales(packed, group, scale, minimum);
            var (step, offset) = ((float)scaleOfScales * scale, (float)scaleOfMinima * minimum);
            if (step == 0) continue;
            for (var i = group * GroupSize; i < (group + 1) * GroupSize; i++) quants[i] = (byte)Rounding.Nearest((values[i] + offset) / step, 0, MaxQuant);
        }
        for (var pair = 0; pair < Groups / 2; pair++)
            for (var i = 0; i < GroupSize; i++)
                block[16 + (pair * GroupSize) + i] = (byte)(quants[(pair * 64) + i] | (quants[(pair * 64) + 32 + i] << 4));
    }

    /// <summary>The first four groups' lie plainly in six bits, the others' in nibbles and in the two bits left over there.</summary>
    private static void PackScales(Span<byte> packed, int group, int scale, int minimum)
    {
        if (group < 4)
        {
            packed[group] = (byte)scale;
            packed[group + 4] = (byte)minimum;
            return;
        }
        packed[group + 4] = (byte)((scale & 15) | ((minimum & 15) << 4));
        packed[group - 4] |= (byte)((scale >> 4) << 6);
        packed[group] |= (byte)((minimum >> 4) << 6);
    }

    /// <summary>Scale and (negated) minimum, of 21 pairs tried, whose quants come closest to the values; the quants beside.</summary>
    private static float Fit(ReadOnlySpan<float> values, Span<byte> quants, out float negatedMinimum)
    {
        Span<float> weights = stackalloc float[GroupSize];
        Span<byte> tried = stackalloc byte[GroupSize];
        var squares = 0f;
        foreach (var value in values) squares += value * value;
        var typical = MathF.Sqrt(squares / GroupSize);
        float min = values[0], max = values[0], sumWeights = 0, sumValues = 0;
        for (var i = 0; i < GroupSize; i++)
        {
            weights[i] = typical + MathF.Abs(values[i]);
            (min, max) = (Math.Min(min, values[i]), Math.Max(max, values[i]));
            sumWeights += weights[i];
            sumValues += weights[i] * values[i];
        }
        if (min > 0) min = 0;
        quants.Clear();
        negatedMinimum = -min;
        if (max == min) return 0;

        var inverse = MaxQuant / (max - min);
        var scale = 1 / inverse;
        for (var i = 0; i < GroupSize; i++) quants[i] = (byte)Rounding.Nearest(inverse * (values[i] - min), 0, MaxQuant);
        var best = Error(values, weights, quants, scale, min);
        for (var trial = 0; trial <= Trials; trial++)
        {
            inverse = (-1f + 0.1f * trial + MaxQuant) / (max - min); // the minimum moves as better ones are found
            float sum = 0, sumSquares = 0, sumProducts = 0;
            for (var i = 0; i < GroupSize; i++)
            {
                var quant = Rounding.Nearest(inverse * (values[i] - min), 0, MaxQuant);
                tried[i] = (byte)quant;
                sum += weights[i] * quant;
                sumSquares += weights[i] * quant * quant;
                sumProducts += weights[i] * quant * values[i];
            }
            var determinant = (sumWeights * sumSquares) - (sum * sum);
            if (determinant <= 0) continue;
            var triedScale = ((sumWeights * sumProducts) - (sumValues * sum)) / determinant;
            var triedMinimum = ((sumSquares * sumValues) - (sum * sumProducts)) / determinant;
            if (triedMinimum > 0) (triedMinimum, triedScale) = (0, sumProducts / sumSquares);
            var error = Error(values, weights, tried, triedScale, triedMinimum);
            if (error >= best) continue;
            (best, scale, min) = (error, triedScale, triedMinimum);
            tried.CopyTo(quants);
        }
        negatedMinimum = -min;
        return scale;
    }

    private static float Error(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, ReadOnlySpan<byte> quants, float scale, float minimum)
    {
        var error = 0f;
        for (var i = 0; i < values.Length; i++)
        {
            var difference = (scale * quants[i]) + minimum - values[i];
            error += weights[i] * difference * difference;
        }
        return error;
    }
}
