using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>cap · tanh(x / cap): keeps values within ±cap (Gemma 2).</summary>
internal static unsafe class SoftCap
{
    /// <summary>In place.</summary>
    /// <param name="values">[size]</param>
    public static void Apply(float* values, int size, float cap)
    {
        var i = 0;
        for (; i + Lanes.Count <= size; i += Lanes.Count) Apply(Vector256.Load(values + i), cap).Store(values + i);
        for (; i < size; i++) values[i] = Apply(Vector256.Create(values[i]), cap).ToScalar();
    }

    public static Vector256<float> Apply(Vector256<float> x, float cap) => Exponential.Tanh(x / cap) * cap;
}
