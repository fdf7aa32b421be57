using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// Products of many tokens with a panel of sixteen widened rows, a piece of the columns at a time, so that the panel's piece stays in the
/// first-level cache and the tokens' in the second. The lanes of <see cref="Lanes"/> rest in memory between the pieces: the bits are those of whole rows.
/// </summary>
internal static unsafe class PanelTiles
{
    /// <summary>Rows of a panel.</summary>
    public const int Rows = 16;

    /// <summary>Columns widened at a time: two rows of them are 4 KiB, the panel 32 KiB.</summary>
    public const int PieceColumns = 512;

    /// <summary>Tokens whose lanes are held at once: 64 KiB.</summary>
    public const int BlockTokens = 128;

    /// <summary>Floats of a panel's piece. Rows lie in pairs, eight columns of one, eight of the other, so that 512-bit registers take both.</summary>
    public const int PieceCount = Rows * PieceColumns;

    /// <summary>Floats of the lanes: [tokens, rows, 8].</summary>
    public const int LaneCount = BlockTokens * TokenLanes;

    /// <summary>Floats of zeros that a first piece starts from.</summary>
    public const int ZeroCount = TileRows * Lanes.Count;

    /// <summary>Rows that meet all tokens before the next rows do: 16 KiB of a panel's piece, half of a small first-level cache.</summary>
    private const int TileRows = 8;

    /// <summary>Floats from one token's lanes to the next one's.</summary>
    public const int TokenLanes = Rows * Lanes.Count;

    /// <summary>Where row <paramref name="row"/>'s first eight columns lie in a piece; each further eight are 16 floats on.</summary>
    public static float* RowOf(float* panel, int row) => panel + row / 2 * (2 * PieceColumns) + row % 2 * Lanes.Count;

    /// <summary>lanes[token, row] = before + panel · input over <paramref name="columns"/> columns, a multiple of 8, where before is <paramref name="zeros"/> in a first piece, then the lanes.</summary>
    /// <param name="panel">[8 pairs, columns / 8, 2, 8]</param>
    /// <param name="input">[tokens, columns], tokens <paramref name="inputStride"/> apart</param>
    /// <param name="zeros">[<see cref="ZeroCount"/>] zeros for a first piece, otherwise null</param>
    /// <param name="lanes">[tokens, 16 rows, 8 lanes]</param>
    public static void Accumulate(float* panel, int columns, float* input, int inputStride, int tokens, float* zeros, float* lanes)
    {
        if (Vector512.IsHardwareAccelerated && Avx512DQ.IsSupported) AccumulateWide(panel, columns, input, inputStride, tokens, zeros, lanes);
        else AccumulateNarrow(panel, columns, input, inputStride, tokens, zeros, lanes);
    }

    /// <summary>As <see cref="Accumulate"/>, in 256-bit registers on any machine.</summary>
    public static void AccumulateNarrow(float* panel, int columns, float* input, int inputStride, int tokens, float* zeros, float* lanes)
    {
        var beforeStride = zeros is null ? TokenLanes : 0;
        for (var row = 0; row < Rows; row += TileRows)
        {
            var upper = RowOf(panel, row);
            var lower = RowOf(panel, row + TileRows / 2);
            var x = input;
            var to = lanes + row * Lanes.Count;
            var token = 0;
            for (; token + 3 <= tokens; token += 3, x += 3L * inputStride, to += 3 * TokenLanes)
            {
                var before = zeros is null ? to : zeros;
                NarrowPanelTiles.Rows4Tokens3(upper, columns, x, inputStride, before, beforeStride, to);
                NarrowPanelTiles.Rows4Tokens3(lower, columns, x, inputStride, before + ZeroCount / 2, beforeStride, to + ZeroCount / 2);
            }

            for (; token < tokens; token++, x += inputStride, to += TokenLanes) NarrowPanelTiles.Rows8Tokens1(upper, columns, x, zeros is null ? to : zeros, to);
        }
    }

    /// <summary>output[token · outputStride + row] = the folded lanes, for the first <paramref name="rows"/> rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fold(float* lanes, int tokens, int rows, float* output, long outputStride)
    {
        for (var token = 0; token < tokens; token++, lanes += TokenLanes, output += outputStride)
        {
            var row = 0;
            for (; row + 8 <= rows; row += 8) Lanes.FoldEight(lanes + row * Lanes.Count).Store(output + row);
            for (; row < rows; row++) output[row] = Lanes.Fold(Vector256.Load(lanes + row * Lanes.Count));
        }
    }

    private static void AccumulateWide(float* panel, int columns, float* input, int inputStride, int tokens, float* zeros, float* lanes)
    {
        var beforeStride = zeros is null ? TokenLanes : 0;
        for (var row = 0; row < Rows; row += TileRows)
        {
            var rows = RowOf(panel, row);
            var x = input;
            var to = lanes + row * Lanes.Count;
            var token = 0;
            for (; token + 5 <= tokens; token += 5, x += 5L * inputStride, to += 5 * TokenLanes)
                WidePanelTiles.Rows8Tokens5(rows, columns, x, inputStride, zeros is null ? to : zeros, beforeStride, to);
            for (; token < tokens; token++, x += inputStride, to += TokenLanes) WidePanelTiles.Rows8Tokens1(rows, columns, x, zeros is null ? to : zeros, to);
        }
    }
}
