using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>Root-mean-square norm (Zhang &amp; Sennrich 2019): output = input / √(mean(input²) + epsilon) · weight.</summary>
internal static unsafe class RmsNorm
{
    /// <summary>Norms one vector; input and output may be the same memory.</summary>
    /// <param name="input">[size]</param>
    /// <param name="weight">[size], 1 already added where the model asks for it</param>
    /// <param name="output">[size], overwritten</param>
    public static void Apply(float* input, float* weight, float* output, int size, float epsilon)
    {
        var whole = size & ~(Lanes.Count - 1);
        var squares = Vector256<float>.Zero;
        for (var i = 0; i < whole; i += Lanes.Count)
        {
            var x = Vector256.Load(input + i);
            squares = Lanes.Fma(x, x, squares);
        }

        if (whole != size)
        {
            var x = Lanes.LoadPartial(input + whole, size - whole);
            squares = Lanes.Fma(x, x, squares);
        }

        var scale = 1f / MathF.Sqrt(Lanes.Fold(squares) / size + epsilon);
        for (var i = 0; i < whole; i += Lanes.Count) (Vector256.Load(input + i) * scale * Vector256.Load(weight + i)).Store(output + i);
        for (var i = whole; i < size; i++) output[i] = input[i] * scale * weight[i];
    }
}
