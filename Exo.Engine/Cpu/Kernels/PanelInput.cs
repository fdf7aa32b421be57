using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// Inputs of <see cref="PanelTiles"/> in the order in which its tiles read them: one stream from front to back. Where they come from, a tile's tokens lie thousands of bytes
/// apart, often a power of two, so that they fall into the same few sets of each cache.
/// </summary>
/// <remarks>[blocks of tokens][pieces of columns][tiles of tokens][columns / 8][tokens of a tile][8]; the last tile is filled up with zeros.</remarks>
internal readonly unsafe struct PanelInput
{
    /// <summary>Tokens of a tile where nothing else is asked for: what the registers of this machine hold.</summary>
    public static int BestTileTokens => PanelTiles.IsWide ? WidePanelTiles.TileTokens : NarrowPanelTiles.TileTokens;

    /// <summary>[<see cref="PaddedTokens"/>, <see cref="Columns"/>] floats.</summary>
    public required float* Data { get; init; }

    /// <summary>Tokens, a multiple of <see cref="TileTokens"/>.</summary>
    public required int PaddedTokens { get; init; }

    /// <summary>A multiple of 8.</summary>
    public required int Columns { get; init; }

    /// <summary>Tokens of a tile.</summary>
    public required int TileTokens { get; init; }

    /// <summary>Tokens of a whole block.</summary>
    public int BlockTokens => PanelTiles.BlockTokens / TileTokens * TileTokens;

    /// <summary><paramref name="tokens"/> rounded up to whole tiles.</summary>
    public static int Padded(int tokens, int tileTokens) => (tokens + tileTokens - 1) / tileTokens * tileTokens;

    /// <summary>Tokens of the block that begins with <paramref name="token"/>, a multiple of <see cref="TileTokens"/>.</summary>
    public int TokensFrom(int token) => Math.Min(BlockTokens, PaddedTokens - token);

    /// <summary>A block's inputs from a piece's first column on: [tiles, columns / 8, tile's tokens, 8].</summary>
    /// <param name="token">The first of a block.</param>
    /// <param name="column">The first of a piece.</param>
    public float* Piece(int token, int column) => Data + (long)token * Columns + (long)column * TokensFrom(token);

    /// <summary>Puts one token in its place.</summary>
    /// <param name="input">[columns], or null for zeros.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Place(float* input, int token)
    {
        var first = token / BlockTokens * BlockTokens;
        var (tile, slot) = ((token - first) / TileTokens, (token - first) % TileTokens);
        for (var column = 0; column < Columns; column += PanelTiles.PieceColumns)
        {
            var columns = Math.Min(PanelTiles.PieceColumns, Columns - column);
            var to = Piece(first, column) + (long)tile * TileTokens * columns + slot * Lanes.Count;
            for (nint k = 0; k < columns; k += Lanes.Count)
                (input is null ? Vector256<float>.Zero : Vector256.Load(input + column + k)).Store(to + k * TileTokens);
        }
    }
}
