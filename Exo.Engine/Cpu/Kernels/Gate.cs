using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Exo.Engine.Models;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>The gate of a feed-forward block: output = activation(gate) · up (Shazeer 2020).</summary>
internal static unsafe class Gate
{
    /// <param name="gate">[size]</param>
    /// <param name="up">[size]</param>
    /// <param name="output">[size], overwritten; may be one of the inputs</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(Activation activation, float* gate, float* up, float* output, int size)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated && activation == Activation.Silu)
        {
            for (; i + 2 * Lanes.Count <= size; i += 2 * Lanes.Count)
            {
                var x = Vector512.Load(gate + i);
                (x / (Vector512<float>.One + Exponential.Exp(-x)) * Vector512.Load(up + i)).Store(output + i);
            }
        }

        for (; i + Lanes.Count <= size; i += Lanes.Count) (Activate(activation, Vector256.Load(gate + i)) * Vector256.Load(up + i)).Store(output + i);
        for (; i < size; i++) output[i] = Activate(activation, Vector256.Create(gate[i])).ToScalar() * up[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Activate(Activation activation, Vector256<float> x)
    {
        if (activation == Activation.Silu) return x / (Vector256<float>.One + Exponential.Exp(-x));
        var inner = Vector256.Create(0.7978845608f) * Lanes.Fma(Vector256.Create(0.044715f) * x * x, x, x);
        return Vector256.Create(0.5f) * x * (Vector256<float>.One + Exponential.Tanh(inner));
    }
}
