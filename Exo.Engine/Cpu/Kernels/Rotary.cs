using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// Rotary position embedding (Su et al. 2021): halves paired as Hugging Face does, (i, i + half), or neighbours, (2i, 2i + 1). Both give
/// the same bits for the same pair.
/// </summary>
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

    /// <summary>As <see cref="Apply"/>, with neighbours paired.</summary>
    /// <param name="head">[headSize]</param>
    /// <param name="cosines">[half]</param>
    /// <param name="sines">[half]</param>
    public static void ApplyInterleaved(float* head, float* cosines, float* sines, int half)
    {
        const int Pairs = Lanes.Count / 2;
        var doubled = Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3);
        var swapped = Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6);
        var signs = Vector256.Create(-1f, 1f, -1f, 1f, -1f, 1f, -1f, 1f);
        var i = 0;
        for (; i + Pairs <= half; i += Pairs)
        {
            var pairs = Vector256.Load(head + 2 * i);
            var cosine = Vector256.Shuffle(Vector128.Load(cosines + i).ToVector256(), doubled);
            var sine = Vector256.Shuffle(Vector128.Load(sines + i).ToVector256(), doubled) * signs;
            (pairs * cosine + Vector256.Shuffle(pairs, swapped) * sine).Store(head + 2 * i);
        }

        for (; i < half; i++)
        {
            var (first, second) = (head[2 * i], head[2 * i + 1]);
            head[2 * i] = first * cosines[i] - second * sines[i];
            head[2 * i + 1] = second * cosines[i] + first * sines[i];
        }
    }
}
