using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// The one order in which every product of this backend is summed: eight lanes walk the inner dimension front to back by fused
/// multiply-adds, then the lanes are folded 8 → 4 → 2 → 1. Lanes are virtual: a processor with wider or narrower registers computes the same
/// eight, so the bits depend on the shapes alone, never on the batch or the machine.
/// </summary>
internal static class Lanes
{
    public const int Count = 8;

    private const byte FirstPairs = 0b01_00_01_00, SecondPairs = 0b11_10_11_10, Evens = 0b10_00_10_00, Odds = 0b11_01_11_01;

    /// <summary>Folds the eight lanes: (i, i + 4), then (i, i + 2), then (0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold(Vector256<float> lanes)
    {
        var four = lanes.GetLower() + lanes.GetUpper();
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two.GetElement(0) + two.GetElement(1);
    }

    /// <summary>Four folds at once, each as <see cref="Fold(Vector256{float})"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        if (!Sse.IsSupported) return Vector128.Create(Fold(a), Fold(b), Fold(c), Fold(d));
        var (a4, b4, c4, d4) = (a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());
        var ab = Sse.Shuffle(a4, b4, FirstPairs) + Sse.Shuffle(a4, b4, SecondPairs);
        var cd = Sse.Shuffle(c4, d4, FirstPairs) + Sse.Shuffle(c4, d4, SecondPairs);
        return Sse.Shuffle(ab, cd, Evens) + Sse.Shuffle(ab, cd, Odds);
    }

    /// <summary>Eight folds at once of lanes that lie side by side: [8, 8].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<float> FoldEight(float* lanes)
    {
        var first = Fold(Vector256.Load(lanes), Vector256.Load(lanes + 8), Vector256.Load(lanes + 16), Vector256.Load(lanes + 24));
        return Vector256.Create(first, Fold(Vector256.Load(lanes + 32), Vector256.Load(lanes + 40), Vector256.Load(lanes + 48), Vector256.Load(lanes + 56)));
    }

    /// <summary>Writes four sums, <paramref name="stride"/> floats apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector128<float> sums, float* output, long stride)
    {
        output[0] = sums.GetElement(0);
        output[stride] = sums.GetElement(1);
        output[2 * stride] = sums.GetElement(2);
        output[3 * stride] = sums.GetElement(3);
    }

    /// <summary>The largest of the eight lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector256<float> lanes)
    {
        var four = Vector128.Max(lanes.GetLower(), lanes.GetUpper());
        var two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(two.GetElement(0), two.GetElement(1));
    }

    /// <summary>a · b + c, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fma(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.FusedMultiplyAdd(a, b, c);

    /// <summary><paramref name="count"/> rounded up to whole lanes.</summary>
    public static int Padded(int count) => (count + Count - 1) & ~(Count - 1);

    /// <summary>The first <paramref name="count"/> (under eight) floats at <paramref name="source"/>, zeros behind them; reads nothing beyond.</summary>
    public static unsafe Vector256<float> LoadPartial(float* source, int count)
    {
        var lanes = stackalloc float[Count];
        for (var i = 0; i < Count; i++) lanes[i] = i < count ? source[i] : 0f;
        return Vector256.Load(lanes);
    }
}
