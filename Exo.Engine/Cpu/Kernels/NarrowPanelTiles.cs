using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>The tiles of <see cref="PanelTiles"/> in 256-bit registers: lanes are taken up where they were left, or from zeros, and laid down again.</summary>
/// <remarks>before: [tokens, rows, 8 lanes], tokens beforeStride apart; lanes: the same, tokens <see cref="PanelTiles.TokenLanes"/> apart, overwritten.</remarks>
internal static unsafe class NarrowPanelTiles
{
    /// <summary>Tokens of a tile.</summary>
    public const int TileTokens = 3;

    /// <summary>4 rows × 3 tokens: 12 accumulators of 256 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows4Tokens3(float* panel, int columns, float* input, float* before, int beforeStride, float* lanes)
    {
        var p1 = panel + 2 * PanelTiles.PieceColumns;
        var l1 = lanes + PanelTiles.TokenLanes;
        var l2 = l1 + PanelTiles.TokenLanes;
        var b1 = before + beforeStride;
        var b2 = b1 + beforeStride;
        var a00 = Vector256.Load(before);
        var a10 = Vector256.Load(before + 8);
        var a20 = Vector256.Load(before + 16);
        var a30 = Vector256.Load(before + 24);
        var a01 = Vector256.Load(b1);
        var a11 = Vector256.Load(b1 + 8);
        var a21 = Vector256.Load(b1 + 16);
        var a31 = Vector256.Load(b1 + 24);
        var a02 = Vector256.Load(b2);
        var a12 = Vector256.Load(b2 + 8);
        var a22 = Vector256.Load(b2 + 16);
        var a32 = Vector256.Load(b2 + 24);
        for (nint k = 0; k < columns; k += Lanes.Count)
        {
            var v0 = Vector256.Load(input + TileTokens * k);
            var v1 = Vector256.Load(input + TileTokens * k + Lanes.Count);
            var v2 = Vector256.Load(input + TileTokens * k + 2 * Lanes.Count);
            var w = Vector256.Load(panel + 2 * k);
            a00 = Lanes.Fma(w, v0, a00);
            a01 = Lanes.Fma(w, v1, a01);
            a02 = Lanes.Fma(w, v2, a02);
            w = Vector256.Load(panel + 2 * k + Lanes.Count);
            a10 = Lanes.Fma(w, v0, a10);
            a11 = Lanes.Fma(w, v1, a11);
            a12 = Lanes.Fma(w, v2, a12);
            w = Vector256.Load(p1 + 2 * k);
            a20 = Lanes.Fma(w, v0, a20);
            a21 = Lanes.Fma(w, v1, a21);
            a22 = Lanes.Fma(w, v2, a22);
            w = Vector256.Load(p1 + 2 * k + Lanes.Count);
            a30 = Lanes.Fma(w, v0, a30);
            a31 = Lanes.Fma(w, v1, a31);
            a32 = Lanes.Fma(w, v2, a32);
        }

        a00.Store(lanes);
        a10.Store(lanes + 8);
        a20.Store(lanes + 16);
        a30.Store(lanes + 24);
        a01.Store(l1);
        a11.Store(l1 + 8);
        a21.Store(l1 + 16);
        a31.Store(l1 + 24);
        a02.Store(l2);
        a12.Store(l2 + 8);
        a22.Store(l2 + 16);
        a32.Store(l2 + 24);
    }
}
