using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// Products of many tokens with a panel of sixteen widened rows, a piece of the columns at a time, so that the panel's piece stays in the
/// first-level cache; the tokens' come past in one stream (<see cref="PanelInput"/>). The lanes of <see cref="Lanes"/> rest in memory between the pieces: the bits are those of whole rows.
/// </summary>
internal static unsafe class PanelTiles
{
    /// <summary>Rows of a panel.</summary>
    public const int Rows = 16;

    /// <summary>Columns widened at a time: the panel is 16 KiB, a tile of inputs 5.</summary>
    public const int PieceColumns = 256;

    /// <summary>Most tokens whose lanes are held at once, 260 KiB: a whole step of a prompt, so that each weight is widened once.</summary>
    public const int BlockTokens = 520;

    /// <summary>Floats of a panel's piece. Rows lie in pairs, eight columns of one, eight of the other, so that 512-bit registers take both.</summary>
    public const int PieceCount = Rows * PieceColumns;

    /// <summary>Floats from one pair of rows to the next.</summary>
    public const int PairStride = 2 * PieceColumns;

    /// <summary>Floats from eight columns of a row to its next eight.</summary>
    public const int EightStride = 2 * Lanes.Count;

    /// <summary>Floats of the lanes: [tokens, rows, 8].</summary>
    public const int LaneCount = BlockTokens * TokenLanes;

    /// <summary>Floats of zeros that a first piece starts from.</summary>
    public const int ZeroCount = TileRows * Lanes.Count;

    /// <summary>Rows that meet all tokens before the next rows do: 8 KiB of a panel's piece, a quarter of a small first-level cache.</summary>
    private const int TileRows = 8;

    /// <summary>Floats from one token's lanes to the next one's.</summary>
    public const int TokenLanes = Rows * Lanes.Count;

    /// <summary>Where row <paramref name="row"/>'s first eight columns lie in a piece; each further eight are 16 floats on.</summary>
    public static float* RowOf(float* panel, int row) => panel + row / 2 * PairStride + row % 2 * Lanes.Count;

    /// <summary>Whether tiles are of 512-bit registers.</summary>
    public static bool IsWide => Vector512.IsHardwareAccelerated && Avx512DQ.IsSupported;

    /// <summary>lanes[token, row] = before + panel · input over <paramref name="columns"/> columns, a multiple of 8, where before is <paramref name="zeros"/> in a first piece, then the lanes.</summary>
    /// <param name="panel">[8 pairs, columns / 8, 2, 8]</param>
    /// <param name="input">[tiles, columns / 8, <paramref name="tileTokens"/>, 8], see <see cref="PanelInput"/></param>
    /// <param name="tokens">A multiple of <paramref name="tileTokens"/>.</param>
    /// <param name="tileTokens">Of one of the two classes of tiles.</param>
    /// <param name="zeros">[<see cref="ZeroCount"/>] zeros for a first piece, otherwise null</param>
    /// <param name="lanes">[tokens, 16 rows, 8 lanes]</param>
    public static void Accumulate(float* panel, int columns, float* input, int tokens, int tileTokens, float* zeros, float* lanes)
    {
        var beforeStride = zeros is null ? TokenLanes : 0;
        for (var row = 0; row < Rows; row += TileRows)
        {
            var upper = RowOf(panel, row);
            var lower = RowOf(panel, row + TileRows / 2);
            var x = input;
            var to = lanes + row * Lanes.Count;
            for (var token = 0; token < tokens; token += tileTokens, x += tileTokens * columns, to += tileTokens * TokenLanes)
            {
                var before = zeros is null ? to : zeros;
                if (tileTokens == WidePanelTiles.TileTokens)
                {
                    WidePanelTiles.Rows8Tokens5(upper, columns, x, before, beforeStride, to);
                    continue;
                }

                NarrowPanelTiles.Rows4Tokens3(upper, columns, x, before, beforeStride, to);
                NarrowPanelTiles.Rows4Tokens3(lower, columns, x, before + ZeroCount / 2, beforeStride, to + ZeroCount / 2);
            }
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
}
