using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>The tile of <see cref="AttentionTiles"/> in 512-bit registers. Every sum is one lane that walks the inner dimension front to back, so the bits are those of narrower ones.</summary>
internal static unsafe class WideAttentionTiles
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 8;

    /// <summary>8 rows × 32 columns: output[row, column] (+)= Σ left[row, k] · right[k, column].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void EightRows(float* left, int leftStride, float* right, int rightStride, int inner, float* output, int outputStride, bool clear)
    {
        var left1 = left + leftStride;
        var left2 = left1 + leftStride;
        var left3 = left2 + leftStride;
        var left4 = left3 + leftStride;
        var left5 = left4 + leftStride;
        var left6 = left5 + leftStride;
        var left7 = left6 + leftStride;
        Vector512<float> a00 = default, a01 = default, a10 = default, a11 = default;
        Vector512<float> a20 = default, a21 = default, a30 = default, a31 = default;
        Vector512<float> a40 = default, a41 = default, a50 = default, a51 = default;
        Vector512<float> a60 = default, a61 = default, a70 = default, a71 = default;
        if (!clear)
        {
            var from = output;
            (a00, a01) = (Vector512.Load(from), Vector512.Load(from + 16));
            from += outputStride;
            (a10, a11) = (Vector512.Load(from), Vector512.Load(from + 16));
            from += outputStride;
            (a20, a21) = (Vector512.Load(from), Vector512.Load(from + 16));
            from += outputStride;
            (a30, a31) = (Vector512.Load(from), Vector512.Load(from + 16));
            from += outputStride;
            (a40, a41) = (Vector512.Load(from), Vector512.Load(from + 16));
            from += outputStride;
            (a50, a51) = (Vector512.Load(from), Vector512.Load(from + 16));
            from += outputStride;
            (a60, a61) = (Vector512.Load(from), Vector512.Load(from + 16));
            from += outputStride;
            (a70, a71) = (Vector512.Load(from), Vector512.Load(from + 16));
        }

        for (nint k = 0; k < inner; k++, right += rightStride)
        {
            var (r0, r1) = (Vector512.Load(right), Vector512.Load(right + 16));
            var x = Vector512.Create(left[k]);
            (a00, a01) = (Vector512.FusedMultiplyAdd(x, r0, a00), Vector512.FusedMultiplyAdd(x, r1, a01));
            x = Vector512.Create(left1[k]);
            (a10, a11) = (Vector512.FusedMultiplyAdd(x, r0, a10), Vector512.FusedMultiplyAdd(x, r1, a11));
            x = Vector512.Create(left2[k]);
            (a20, a21) = (Vector512.FusedMultiplyAdd(x, r0, a20), Vector512.FusedMultiplyAdd(x, r1, a21));
            x = Vector512.Create(left3[k]);
            (a30, a31) = (Vector512.FusedMultiplyAdd(x, r0, a30), Vector512.FusedMultiplyAdd(x, r1, a31));
            x = Vector512.Create(left4[k]);
            (a40, a41) = (Vector512.FusedMultiplyAdd(x, r0, a40), Vector512.FusedMultiplyAdd(x, r1, a41));
            x = Vector512.Create(left5[k]);
            (a50, a51) = (Vector512.FusedMultiplyAdd(x, r0, a50), Vector512.FusedMultiplyAdd(x, r1, a51));
            x = Vector512.Create(left6[k]);
            (a60, a61) = (Vector512.FusedMultiplyAdd(x, r0, a60), Vector512.FusedMultiplyAdd(x, r1, a61));
            x = Vector512.Create(left7[k]);
            (a70, a71) = (Vector512.FusedMultiplyAdd(x, r0, a70), Vector512.FusedMultiplyAdd(x, r1, a71));
        }

        a00.Store(output);
        a01.Store(output + 16);
        output += outputStride;
        a10.Store(output);
        a11.Store(output + 16);
        output += outputStride;
        a20.Store(output);
        a21.Store(output + 16);
        output += outputStride;
        a30.Store(output);
        a31.Store(output + 16);
        output += outputStride;
        a40.Store(output);
        a41.Store(output + 16);
        output += outputStride;
        a50.Store(output);
        a51.Store(output + 16);
        output += outputStride;
        a60.Store(output);
        a61.Store(output + 16);
        output += outputStride;
        a70.Store(output);
        a71.Store(output + 16);
    }
}
