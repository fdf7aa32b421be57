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
    public static void Apply(Activation activation, float* gate, float* up, float* output, int size)
    {
        var whole = size & ~(Lanes.Count - 1);
        ApplyWhole(activation, gate, up, output, whole);
        if (whole == size) return;

        // The rest as eight of its own: the formulas are compiled once, and fit in what the compiler is willing to inline where 256 bits are two registers.
        var rest = stackalloc float[2 * Lanes.Count];
        Lanes.LoadPartial(gate + whole, size - whole).Store(rest);
        Lanes.LoadPartial(up + whole, size - whole).Store(rest + Lanes.Count);
        ApplyWhole(activation, rest, rest + Lanes.Count, rest, Lanes.Count);
        new ReadOnlySpan<float>(rest, size - whole).CopyTo(new Span<float>(output + whole, size - whole));
    }

    private static void ApplyWhole(Activation activation, float* gate, float* up, float* output, int size)
    {
        if (activation == Activation.Silu) Silu(gate, up, output, size);
        else GeluTanh(gate, up, output, size);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Silu(float* gate, float* up, float* output, int size)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i + 2 * Lanes.Count <= size; i += 2 * Lanes.Count)
            {
                var x = Vector512.Load(gate + i);
                (x / (Vector512<float>.One + Exponential.Exp(-x)) * Vector512.Load(up + i)).Store(output + i);
            }
        }

        for (; i < size; i += Lanes.Count)
        {
            var x = Vector256.Load(gate + i);
            (x / (Vector256<float>.One + Exponential.Exp(-x)) * Vector256.Load(up + i)).Store(output + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GeluTanh(float* gate, float* up, float* output, int size)
    {
        for (var i = 0; i < size; i += Lanes.Count)
        {
            var x = Vector256.Load(gate + i);
            var inner = Vector256.Create(0.7978845608f) * Lanes.Fma(Vector256.Create(0.044715f) * x * x, x, x);
            (Vector256.Create(0.5f) * x * (Vector256<float>.One + Exponential.Tanh(inner)) * Vector256.Load(up + i)).Store(output + i);
        }
    }
}
