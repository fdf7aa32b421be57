using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>Sums of vectors, element by element.</summary>
internal static unsafe class Addition
{
    /// <summary>sums[i] += values[i]</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* values, float* sums, int count)
    {
        var i = 0;
        for (; i + Lanes.Count <= count; i += Lanes.Count) (Vector256.Load(sums + i) + Vector256.Load(values + i)).Store(sums + i);
        for (; i < count; i++) sums[i] += values[i];
    }
}
