using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Exo.Engine.Backends;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// The two products of attention over one KV block, for several query rows at once. Tiles are never inlined: within a method that calls, the compiler keeps their sums in memory.
/// </summary>
internal static unsafe class AttentionTiles
{
    private const int Positions = KvBlock.TokenCount;

    /// <summary>scores[row, position] = Σ query[row, i] · keys[i, position], i front to back.</summary>
    /// <param name="queries">[rows, headSize], rows <paramref name="queryStride"/> apart</param>
    /// <param name="keys">[headSize, 32]</param>
    /// <param name="scores">[rows, 32], rows <paramref name="scoreStride"/> apart, overwritten</param>
    public static void Scores(float* queries, int queryStride, int rows, float* keys, int headSize, float* scores, int scoreStride)
    {
        var row = 0;
        for (; Vector512.IsHardwareAccelerated && row + WideAttentionTiles.Rows <= rows; row += WideAttentionTiles.Rows)
            WideAttentionTiles.EightRows(queries + row * queryStride, queryStride, keys, Positions, headSize, scores + row * scoreStride, scoreStride, clear: true);
        for (; row + 3 <= rows; row += 3)
            ThreeRows(queries + row * queryStride, queryStride, keys, Positions, headSize, scores + row * scoreStride, scoreStride, clear: true);
        for (; row < rows; row++)
            OneRow(queries + row * queryStride, keys, Positions, headSize, scores + row * scoreStride, clear: true);
    }

    /// <summary>outputs[row, i] += Σ weights[row, position] · values[position, i], positions front to back.</summary>
    /// <param name="weights">[rows, positions], rows <paramref name="weightStride"/> apart</param>
    /// <param name="values">[positions, width], rows <paramref name="width"/> apart; width a multiple of 8</param>
    /// <param name="outputs">[rows, width], rows <paramref name="width"/> apart</param>
    public static void Accumulate(float* weights, int weightStride, int rows, float* values, int positions, int width, float* outputs)
    {
        var column = 0;
        for (; column + Positions <= width; column += Positions)
        {
            var row = 0;
            for (; Vector512.IsHardwareAccelerated && row + WideAttentionTiles.Rows <= rows; row += WideAttentionTiles.Rows)
                WideAttentionTiles.EightRows(weights + row * weightStride, weightStride, values + column, width, positions, outputs + row * width + column, width, clear: false);
            for (; row + 3 <= rows; row += 3)
                ThreeRows(weights + row * weightStride, weightStride, values + column, width, positions, outputs + row * width + column, width, clear: false);
            for (; row < rows; row++)
                OneRow(weights + row * weightStride, values + column, width, positions, outputs + row * width + column, clear: false);
        }

        for (; column < width; column += Lanes.Count)
            for (var row = 0; row < rows; row++)
                OneVector(weights + row * weightStride, values + column, width, positions, outputs + row * width + column);
    }

    /// <summary>3 rows × 32 columns: output[row, column] (+)= Σ left[row, k] · right[k, column].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ThreeRows(float* left, int leftStride, float* right, int rightStride, int inner, float* output, int outputStride, bool clear)
    {
        var left1 = left + leftStride;
        var left2 = left1 + leftStride;
        var output1 = output + outputStride;
        var output2 = output1 + outputStride;
        Vector256<float> a00 = default, a01 = default, a02 = default, a03 = default;
        Vector256<float> a10 = default, a11 = default, a12 = default, a13 = default;
        Vector256<float> a20 = default, a21 = default, a22 = default, a23 = default;
        if (!clear)
        {
            (a00, a01, a02, a03) = (Vector256.Load(output), Vector256.Load(output + 8), Vector256.Load(output + 16), Vector256.Load(output + 24));
            (a10, a11, a12, a13) = (Vector256.Load(output1), Vector256.Load(output1 + 8), Vector256.Load(output1 + 16), Vector256.Load(output1 + 24));
            (a20, a21, a22, a23) = (Vector256.Load(output2), Vector256.Load(output2 + 8), Vector256.Load(output2 + 16), Vector256.Load(output2 + 24));
        }

        for (var k = 0; k < inner; k++, right += rightStride)
        {
            var (r0, r1, r2, r3) = (Vector256.Load(right), Vector256.Load(right + 8), Vector256.Load(right + 16), Vector256.Load(right + 24));
            var x = Vector256.Create(left[k]);
            (a00, a01, a02, a03) = (Lanes.Fma(x, r0, a00), Lanes.Fma(x, r1, a01), Lanes.Fma(x, r2, a02), Lanes.Fma(x, r3, a03));
            x = Vector256.Create(left1[k]);
            (a10, a11, a12, a13) = (Lanes.Fma(x, r0, a10), Lanes.Fma(x, r1, a11), Lanes.Fma(x, r2, a12), Lanes.Fma(x, r3, a13));
            x = Vector256.Create(left2[k]);
            (a20, a21, a22, a23) = (Lanes.Fma(x, r0, a20), Lanes.Fma(x, r1, a21), Lanes.Fma(x, r2, a22), Lanes.Fma(x, r3, a23));
        }

        a00.Store(output);
        a01.Store(output + 8);
        a02.Store(output + 16);
        a03.Store(output + 24);
        a10.Store(output1);
        a11.Store(output1 + 8);
        a12.Store(output1 + 16);
        a13.Store(output1 + 24);
        a20.Store(output2);
        a21.Store(output2 + 8);
        a22.Store(output2 + 16);
        a23.Store(output2 + 24);
    }

    /// <summary>1 row × 32 columns, as <see cref="ThreeRows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void OneRow(float* left, float* right, int rightStride, int inner, float* output, bool clear)
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        if (!clear) (a0, a1, a2, a3) = (Vector256.Load(output), Vector256.Load(output + 8), Vector256.Load(output + 16), Vector256.Load(output + 24));
        for (var k = 0; k < inner; k++, right += rightStride)
        {
            var x = Vector256.Create(left[k]);
            a0 = Lanes.Fma(x, Vector256.Load(right), a0);
            a1 = Lanes.Fma(x, Vector256.Load(right + 8), a1);
            a2 = Lanes.Fma(x, Vector256.Load(right + 16), a2);
            a3 = Lanes.Fma(x, Vector256.Load(right + 24), a3);
        }

        a0.Store(output);
        a1.Store(output + 8);
        a2.Store(output + 16);
        a3.Store(output + 24);
    }

    /// <summary>1 row × 8 columns added to the output: what is left of a width that 32 doesn't divide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void OneVector(float* left, float* right, int rightStride, int inner, float* output)
    {
        var sum = Vector256.Load(output);
        for (var k = 0; k < inner; k++, right += rightStride) sum = Lanes.Fma(Vector256.Create(left[k]), Vector256.Load(right), sum);
        sum.Store(output);
    }
}
