using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Packed;

/// <summary>
/// sums[token, row] += Σ weight[row, k] · input[token, k] of a group of sixteen rows, by products of bytes. A row is one lane: block by block, front to back, Σ q · (u - 8) is
/// added up exactly, in 16-bit lanes and then in 32 or in 32 at once, and the float sum takes (integer) · (scale · step) by one fused multiply-add, then Σ w · base by another. Where rows have
/// minimums the integer is Σ q · u, and a third one takes -minimum · (step · Σ q). So the order depends on the columns alone, whatever tile or instruction set computes it.
/// </summary>
/// <remarks>
/// A pair's products are at most 128 · 15 · 2 and fit 16 bits; a block's sum of them, 16 columns a lane, does not, but it begins with -8 · Σ q and ends as Σ q · (u - 8),
/// at most 128 · 8 · 16 = 16,384: what wraps around on the way wraps back. With minimums it is at most 128 · 15 · 16 = 30,720, which fits.
/// </remarks>
internal static unsafe partial class ByteTiles<TFormat, TRegister>
    where TFormat : struct, IByteFormat
    where TRegister : struct, IByteRegister<TRegister>
{
    /// <summary>Adds the products of <paramref name="blocks"/> blocks.</summary>
    /// <param name="group">The sixteen rows.</param>
    /// <param name="firstBlock">The group's block that the input begins with.</param>
    /// <param name="sums">[tokens, 16], added to</param>
    public static void Accumulate(byte* group, int firstBlock, int blocks, in ByteInput input, int tokens, float* sums)
    {
        var token = 0;
        if (TRegister.TileTokens == 8)
            for (; token + 8 <= tokens; token += 8) Tokens8(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        for (; token + 4 <= tokens; token += 4) Tokens4(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        for (; token + 2 <= tokens; token += 2) Tokens2(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
        for (; token < tokens; token++) Tokens1(group, firstBlock, blocks, input.From(token, 0), sums + token * PackedGroup.Rows);
    }

    /// <summary>The sum of a block begins with what the middle of u adds too much, if anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Start(byte* input) => TFormat.HasMinimum ? TRegister.Zero : TRegister.BeginBytes(input + ByteInput.StartAt);

    /// <summary>Adds four columns of every row with one token's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Add(TRegister sum, TRegister weights, byte* input) =>
        TRegister.AddBytes(sum, weights, TRegister.Repeat(input));

    /// <summary>Adds a block to a token's sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Finish(TRegister products, TRegister scale, TRegister weightSum, TRegister negatedMinimum, byte* input, TRegister sum, float* at, int tokens)
    {
        var integers = TRegister.EndBytes(products);
        if (!TileSums<TRegister>.Hold(tokens)) sum = TRegister.Load(at);
        sum = TRegister.Fma(TRegister.ToFloats(integers), TRegister.Multiply(scale, TRegister.Broadcast(*(float*)(input + ByteInput.StepAt))), sum);
        sum = TRegister.Fma(weightSum, TRegister.Broadcast(*(float*)(input + ByteInput.BaseAt)), sum);
        if (TFormat.HasMinimum) sum = TRegister.Fma(negatedMinimum, TRegister.Broadcast(*(float*)(input + ByteInput.TotalAt)), sum);
        if (TileSums<TRegister>.Hold(tokens)) return sum;
        TRegister.Store(sum, at);
        return TRegister.Zero;
    }

    /// <summary>Asks for the cache lines that come <see cref="PackedGroup.AheadByteCount"/> bytes later; beyond the matrix it is no fault.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* block, int eighth, int firstRow)
    {
        if (Sse.IsSupported && firstRow == 0 && TFormat.IsStored) Sse.Prefetch0(block + (PackedGroup.AheadByteCount + 64 * eighth));
    }
}
