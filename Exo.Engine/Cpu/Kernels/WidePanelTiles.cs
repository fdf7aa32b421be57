using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>The tiles of <see cref="PanelTiles"/> in 512-bit registers: lanes are taken up where they were left, or from zeros, and laid down again.</summary>
/// <remarks>before: [tokens, rows, 8 lanes], tokens beforeStride apart; lanes: the same, tokens <see cref="PanelTiles.TokenLanes"/> apart, overwritten.</remarks>
internal static unsafe class WidePanelTiles
{
    /// <summary>Tokens of a tile.</summary>
    public const int TileTokens = 5;

    /// <summary>8 rows × 5 tokens: 20 accumulators of 512 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows8Tokens5(float* panel, int columns, float* input, float* before, int beforeStride, float* lanes)
    {
        var p1 = panel + 2 * PanelTiles.PieceColumns;
        var p2 = p1 + 2 * PanelTiles.PieceColumns;
        var p3 = p2 + 2 * PanelTiles.PieceColumns;
        var l1 = lanes + PanelTiles.TokenLanes;
        var l2 = l1 + PanelTiles.TokenLanes;
        var l3 = l2 + PanelTiles.TokenLanes;
        var l4 = l3 + PanelTiles.TokenLanes;
        var b1 = before + beforeStride;
        var b2 = b1 + beforeStride;
        var b3 = b2 + beforeStride;
        var b4 = b3 + beforeStride;
        var a00 = Vector512.Load(before);
        var a10 = Vector512.Load(before + 16);
        var a20 = Vector512.Load(before + 32);
        var a30 = Vector512.Load(before + 48);
        var a01 = Vector512.Load(b1);
        var a11 = Vector512.Load(b1 + 16);
        var a21 = Vector512.Load(b1 + 32);
        var a31 = Vector512.Load(b1 + 48);
        var a02 = Vector512.Load(b2);
        var a12 = Vector512.Load(b2 + 16);
        var a22 = Vector512.Load(b2 + 32);
        var a32 = Vector512.Load(b2 + 48);
        var a03 = Vector512.Load(b3);
        var a13 = Vector512.Load(b3 + 16);
        var a23 = Vector512.Load(b3 + 32);
        var a33 = Vector512.Load(b3 + 48);
        var a04 = Vector512.Load(b4);
        var a14 = Vector512.Load(b4 + 16);
        var a24 = Vector512.Load(b4 + 32);
        var a34 = Vector512.Load(b4 + 48);
        for (nint k = 0; k < columns; k += Lanes.Count)
        {
            var w0 = Vector512.Load(panel + 2 * k);
            var w1 = Vector512.Load(p1 + 2 * k);
            var w2 = Vector512.Load(p2 + 2 * k);
            var w3 = Vector512.Load(p3 + 2 * k);
            var x = Avx512DQ.BroadcastVector256ToVector512(input + TileTokens * k);
            a00 = Vector512.FusedMultiplyAdd(w0, x, a00);
            a10 = Vector512.FusedMultiplyAdd(w1, x, a10);
            a20 = Vector512.FusedMultiplyAdd(w2, x, a20);
            a30 = Vector512.FusedMultiplyAdd(w3, x, a30);
            x = Avx512DQ.BroadcastVector256ToVector512(input + TileTokens * k + 1 * Lanes.Count);
            a01 = Vector512.FusedMultiplyAdd(w0, x, a01);
            a11 = Vector512.FusedMultiplyAdd(w1, x, a11);
            a21 = Vector512.FusedMultiplyAdd(w2, x, a21);
            a31 = Vector512.FusedMultiplyAdd(w3, x, a31);
            x = Avx512DQ.BroadcastVector256ToVector512(input + TileTokens * k + 2 * Lanes.Count);
            a02 = Vector512.FusedMultiplyAdd(w0, x, a02);
            a12 = Vector512.FusedMultiplyAdd(w1, x, a12);
            a22 = Vector512.FusedMultiplyAdd(w2, x, a22);
            a32 = Vector512.FusedMultiplyAdd(w3, x, a32);
            x = Avx512DQ.BroadcastVector256ToVector512(input + TileTokens * k + 3 * Lanes.Count);
            a03 = Vector512.FusedMultiplyAdd(w0, x, a03);
            a13 = Vector512.FusedMultiplyAdd(w1, x, a13);
            a23 = Vector512.FusedMultiplyAdd(w2, x, a23);
            a33 = Vector512.FusedMultiplyAdd(w3, x, a33);
            x = Avx512DQ.BroadcastVector256ToVector512(input + TileTokens * k + 4 * Lanes.Count);
            a04 = Vector512.FusedMultiplyAdd(w0, x, a04);
            a14 = Vector512.FusedMultiplyAdd(w1, x, a14);
            a24 = Vector512.FusedMultiplyAdd(w2, x, a24);
            a34 = Vector512.FusedMultiplyAdd(w3, x, a34);
        }

        a00.Store(lanes);
        a10.Store(lanes + 16);
        a20.Store(lanes + 32);
        a30.Store(lanes + 48);
        a01.Store(l1);
        a11.Store(l1 + 16);
        a21.Store(l1 + 32);
        a31.Store(l1 + 48);
        a02.Store(l2);
        a12.Store(l2 + 16);
        a22.Store(l2 + 32);
        a32.Store(l2 + 48);
        a03.Store(l3);
        a13.Store(l3 + 16);
        a23.Store(l3 + 32);
        a33.Store(l3 + 48);
        a04.Store(l4);
        a14.Store(l4 + 16);
        a24.Store(l4 + 32);
        a34.Store(l4 + 48);
    }
}
