using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// sums[token, row] += Σ weight[row, k] · input[token, k] of a packed group of sixteen rows. A row is one lane: block by block, front to back, its products are added as
/// integers, exactly, and the float sum takes scale · (integer) by one fused multiply-add, then the minimum's by another. So the order
/// depends on the columns alone, whatever tile or instruction set computes it.
/// </summary>
internal static unsafe partial class PackedTiles<TFormat, TRegister>
    where TFormat : struct, IPackedFormat
    where TRegister : struct, IRegister<TRegister>
{
    /// <summary>Adds the products of <paramref name="blocks"/> blocks.</summary>
    /// <param name="group">The sixteen rows.</param>
    /// <param name="firstBlock">The group's block that the input begins with; a unit begins there.</param>
    /// <param name="sums">[tokens, 16], added to</param>
    public static void Accumulate(byte* group, int firstBlock, int blocks, in RoundedInput input, int tokens, float* sums)
    {
        var token = 0;
        if (TRegister.TileTokens == 8)
            for (; token + 8 <= tokens; token += 8) Tokens8(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        if (typeof(TRegister) == typeof(Register256))
            for (; token + 4 <= tokens; token += 4) FourTokens256<TFormat>.Accumulate(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        for (; token + 4 <= tokens; token += 4) Tokens4(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        for (; token + 2 <= tokens; token += 2) Tokens2(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        for (; token < tokens; token++) Tokens1(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
    }

    /// <summary>Where a unit begins, makes floats of what its blocks share.</summary>
    /// <param name="shared">[<see cref="PackedGroup.SharedCount"/>]</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prepare(byte* group, int block, float* shared)
    {
        if (TFormat.UnitBlocks == 1 || block % TFormat.UnitBlocks != 0) return;
        for (var firstRow = 0; firstRow < PackedGroup.Rows; firstRow += TRegister.Rows) TFormat.Prepare<TRegister>(group, block, firstRow, shared);
    }

    /// <summary>Adds a block to a token's sums: its products, then its minimums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Finish(
        TRegister integers, TRegister scale, float* inputScales, TRegister negatedMinimum, float* inputSums, nint block, TRegister sum, float* at, int tokens)
    {
        if (!TileSums<TRegister>.Hold(tokens)) sum = TRegister.Load(at);
        sum = TRegister.Fma(TRegister.ToFloats(integers), TRegister.Multiply(scale, TRegister.Broadcast(inputScales[block])), sum);
        if (TFormat.HasMinimum) sum = TRegister.Fma(negatedMinimum, TRegister.Broadcast(inputSums[block]), sum);
        if (TileSums<TRegister>.Hold(tokens)) return sum;
        TRegister.Store(sum, at);
        return TRegister.Zero;
    }

    /// <summary>Asks for the cache lines that come <see cref="PackedGroup.AheadByteCount"/> bytes later; beyond the matrix it is no fault.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* block, int eighth, int firstRow)
    {
        if (!Sse.IsSupported || firstRow != 0 || !TFormat.IsStored) return;
        var at = block + eighth * TFormat.EightByteCount + PackedGroup.AheadByteCount;
        for (var line = 0; line < TFormat.EightByteCount; line += 64) Sse.Prefetch0(at + line);
    }
}
