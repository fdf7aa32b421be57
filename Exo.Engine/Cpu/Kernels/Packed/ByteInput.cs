using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// Inputs of products of bytes: each block of 32 columns of a token is rounded to eight bits between its smallest and its largest, x ≈ base + step · q, q in -128 to 127.
/// Where zero lies between them it is one of the values. The step is (largest - smallest) / 255; a symmetric one, max |x| / 127, is a sixth longer for numbers shaped like a bell.
/// </summary>
internal readonly unsafe struct ByteInput
{
    /// <summary>Bytes of a block: 32 of q, then what <see cref="StartAt"/>, <see cref="StepAt"/>, <see cref="BaseAt"/> and <see cref="TotalAt"/> say.</summary>
    public const int BlockByteCount = 48;

    /// <summary>Where two 16-bit integers are: -8 · Σ q of the columns whose place in their four is 0 or 1, and of those whose place is 2 or 3.</summary>
    public const int StartAt = 32;

    /// <summary>Where the step is, a float.</summary>
    public const int StepAt = 36;

    /// <summary>Where the base is, a float.</summary>
    public const int BaseAt = 40;

    /// <summary>Where step · Σ q is, a float: what a minimum is multiplied by beside the base.</summary>
    public const int TotalAt = 44;

    /// <summary>From here on numbers are rounded symmetrically with a base of zero, so that no term is larger than what it is part of.</summary>
    public const float Huge = 1.8446744e19f;

    /// <summary>[tokens, blocks] of <see cref="BlockByteCount"/> bytes, tokens <see cref="Stride"/> bytes apart.</summary>
    public required byte* Data { get; init; }

    /// <summary>Bytes from one token to the next.</summary>
    public required int Stride { get; init; }

    /// <summary>The same from another token and block on.</summary>
    public ByteInput From(int token, int block) => new() { Data = Data + (long)token * Stride + block * BlockByteCount, Stride = Stride };

    /// <summary>Rounds one token's columns, a multiple of 32, into its place.</summary>
    public void Round(float* input, int token, int columns)
    {
        var to = Data + (long)token * Stride;
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) RoundWide(input, columns, to);
        else Round(input, columns, to);
    }

    private static void Round(float* input, int columns, byte* to)
    {
        for (var k = 0; k < columns; k += PackedGroup.BlockColumns, to += BlockByteCount)
        {
            var (a, b, c, d) = (Vector256.Load(input + k), Vector256.Load(input + k + 8), Vector256.Load(input + k + 16), Vector256.Load(input + k + 24));
            var largest = Lanes.Max(Vector256.Max(Vector256.Max(a, b), Vector256.Max(c, d)));
            var smallest = -Lanes.Max(-Vector256.Min(Vector256.Min(a, b), Vector256.Min(c, d)));
            var (step, middle) = Grid(smallest, largest);
            var factor = Vector256.Create(step == 0f ? 0f : Math.Min(1f / step, float.MaxValue));
            var center = Vector256.Create(middle);
            var (qa, qb, qc, qd) = (Nearest((a - center) * factor), Nearest((b - center) * factor), Nearest((c - center) * factor), Nearest((d - center) * factor));
            Vector256.Narrow(Vector256.Narrow(qa, qb), Vector256.Narrow(qc, qd)).Store((sbyte*)to);
            Finish(qa + qb + qc + qd, step, middle, to);
        }
    }

    /// <summary>The same steps in 512-bit registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RoundWide(float* input, int columns, byte* to)
    {
        for (var k = 0; k < columns; k += PackedGroup.BlockColumns, to += BlockByteCount)
        {
            var (a, b) = (Vector512.Load(input + k), Vector512.Load(input + k + 16));
            var (high, low) = (Vector512.Max(a, b), Vector512.Min(a, b));
            var largest = Lanes.Max(Vector256.Max(high.GetLower(), high.GetUpper()));
            var smallest = -Lanes.Max(-Vector256.Min(low.GetLower(), low.GetUpper()));
            var (step, middle) = Grid(smallest, largest);
            var factor = Vector512.Create(step == 0f ? 0f : Math.Min(1f / step, float.MaxValue));
            var center = Vector512.Create(middle);
            var (qa, qb) = (Nearest((a - center) * factor), Nearest((b - center) * factor));
            Avx512F.ConvertToVector128SByte(qa).Store((sbyte*)to);
            Avx512F.ConvertToVector128SByte(qb).Store((sbyte*)to + 16);
            Finish((qa + qb).GetLower() + (qa + qb).GetUpper(), step, middle, to);
        }
    }

    /// <summary>The step and the base of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Step, float Base) Grid(float smallest, float largest)
    {
        if (Math.Max(-smallest, largest) >= Huge) return (Math.Max(-smallest, largest) / 127f, 0f);
        var step = (largest - smallest) / 255f;
        var middle = smallest + 128f * step;
        return (step, smallest < 0f && largest > 0f && step > 0f ? step * MathF.Round(middle / step) : middle);
    }

    /// <param name="sums">Lane i: Σ q of the columns i, i + 8, i + 16 and i + 24.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(Vector256<int> sums, float step, float middle, byte* to)
    {
        var four = sums.GetLower() + sums.GetUpper();
        var (first, last) = (four.GetElement(0) + four.GetElement(1), four.GetElement(2) + four.GetElement(3));
        *(int*)(to + StartAt) = (-IByteFormat.Middle * first & 0xFFFF) | (-IByteFormat.Middle * last << 16);
        *(float*)(to + StepAt) = step;
        *(float*)(to + BaseAt) = middle;
        *(float*)(to + TotalAt) = step * (first + last);
    }

    private static Vector256<int> Nearest(Vector256<float> x) =>
        RoundedInput.Nearest(Vector256.Min(Vector256.Max(x, Vector256.Create(-128f)), Vector256.Create(127f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Nearest(Vector512<float> x)
    {
        var rounder = Vector512.Create(RoundedInput.Rounder);
        return (Vector512.Min(Vector512.Max(x, Vector512.Create(-128f)), Vector512.Create(127f)) + rounder).AsInt32() - rounder.AsInt32();
    }
}
