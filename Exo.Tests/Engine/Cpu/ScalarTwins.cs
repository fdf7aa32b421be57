using Exo.Engine.Models;

namespace Exo.Tests.Engine.Cpu;

/// <summary>The kernels once more, one number at a time: what they must equal, bit for bit where the order of a sum is part of the contract.</summary>
internal static class ScalarTwins
{
    /// <summary>Σ a · b in eight lanes front to back, folded 8 → 4 → 2 → 1.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Span<float> lanes = stackalloc float[8];
        for (var i = 0; i < a.Length; i++) lanes[i % 8] = MathF.FusedMultiplyAdd(a[i], b[i], lanes[i % 8]);
        return Fold(lanes);
    }

    public static float[] RmsNorm(ReadOnlySpan<float> input, ReadOnlySpan<float> weight, float epsilon)
    {
        var scale = 1f / MathF.Sqrt(Dot(input, input) / input.Length + epsilon);
        var output = new float[input.Length];
        for (var i = 0; i < output.Length; i++) output[i] = input[i] * scale * weight[i];
        return output;
    }

    public static float[] Rotate(ReadOnlySpan<float> head, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, int half)
    {
        var output = head.ToArray();
        for (var i = 0; i < half; i++)
        {
            output[i] = head[i] * cosines[i] - head[half + i] * sines[i];
            output[half + i] = head[half + i] * cosines[i] + head[i] * sines[i];
        }

        return output;
    }

    /// <summary>In double precision: the activations have no order to hold, only a tolerance.</summary>
    public static double Activate(Activation activation, double x) => activation == Activation.Silu
        ? x / (1 + Math.Exp(-x))
        : 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    private static float Fold(ReadOnlySpan<float> lanes)
    {
        Span<float> four = [lanes[0] + lanes[4], lanes[1] + lanes[5], lanes[2] + lanes[6], lanes[3] + lanes[7]];
        return (four[0] + four[2]) + (four[1] + four[3]);
    }
}
