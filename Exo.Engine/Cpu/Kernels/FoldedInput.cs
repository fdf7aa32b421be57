using System.Runtime.Intrinsics;
using Exo.Engine.Cpu.Kernels.Packed;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>Inputs multiplied by 2¹¹², which is exact, for weights that <see cref="FoldedF16Element"/> leaves as many times too small.</summary>
internal static unsafe class FoldedInput
{
    /// <summary>From here on the product might be infinite.</summary>
    private const float Limit = 32768f;

    /// <summary>destination = input · 2¹¹².</summary>
    /// <param name="input">[tokens, columns], tokens <paramref name="stride"/> floats apart</param>
    /// <param name="columns">A multiple of 8.</param>
    /// <param name="destination">[tokens, columns]</param>
    /// <returns>False, and nothing to be used, where an input is too large or no number.</returns>
    public static bool TryFold(float* input, int stride, int tokens, int columns, float* destination)
    {
        var (limit, rebias) = (Vector256.Create(Limit), Vector256.Create(HalfBits.Rebias));
        for (var token = 0; token < tokens; token++, input += stride, destination += columns)
        {
            var small = Vector256<float>.AllBitsSet;
            for (nint k = 0; k < columns; k += Lanes.Count)
            {
                var values = Vector256.Load(input + k);
                small &= Vector256.LessThan(Vector256.Abs(values), limit);
                (values * rebias).Store(destination + k);
            }

            if (small.AsInt32() != Vector256<int>.AllBitsSet) return false;
        }

        return true;
    }
}
