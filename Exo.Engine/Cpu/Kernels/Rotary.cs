using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>Rotary position embedding (Su et al. 2021), halves paired as Hugging Face does: (i, i + half).</summary>
internal static unsafe class Rotary
{
    /// <summary>Turns one head in place. Elements from 2 · half on pass through.</summary>
    /// <param name="head">[headSize]</param>
    /// <param name="cosines">[half]</param>
    /// <param name="sines">[half]</param>
    public static void Apply(float* head, float* cosines, float* sines, int half)
    {
        var i = 0;
        for (; i + Lanes.Count <= half; i += Lanes.Count)
        {
            var (first, second) = (Vector256.Load(head + i), Vector256.Load(head + half + i));
            var (cosine, sine) = (Vector256.Load(cosines + i), Vector256.Load(sines + i));
            (first * cosine - second * sine).Store(head + i);
            (second * cosine + first * sine).Store(head + half + i);
        }

        for (; i < half; i++)
        {
            var (first, second) = (head[i], head[half + i]);
            head[i] = first * cosines[i] - second * sines[i];
            head[half + i] = second * cosines[i] + first * sines[i];
        }
    }
}
