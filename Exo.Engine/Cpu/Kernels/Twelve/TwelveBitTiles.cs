using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>
/// Products of a quad's steps with one token, in the order of <see cref="Lanes"/>: the bits are those of the BF16 rows. Sums are taken up from memory and laid down again,
/// because a quad's patches cut it into runs of steps.
/// </summary>
/// <remarks>step: the first of whole ones; input: [columns] from that step's columns on; lanes: [4 rows, 8].</remarks>
internal static unsafe class TwelveBitTiles
{
    /// <summary>Bytes of one row of each pair.</summary>
    private const int Half = TwelveBits.BlockByteCount / 2;

    /// <summary>4 rows × 1 token: 4 accumulators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tokens1(byte* step, int steps, Vector128<byte> table, float* input, float* lanes)
    {
        var named = Vector256.Create(table, table);
        var (a0, b0) = (Vector256.Load(lanes), Vector256.Load(lanes + Lanes.Count));
        var (c0, d0) = (Vector256.Load(lanes + 2 * Lanes.Count), Vector256.Load(lanes + 3 * Lanes.Count));
        for (var end = step + (nint)steps * TwelveBits.StepByteCount; step < end; step += TwelveBits.StepByteCount, input += TwelveBits.StepColumns)
        {
            // 1. The first row of each pair.
            var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector256.Load(step)));
            var words = TwelveBitWords.FirstEight(step + TwelveBits.FirstBlock, upper);
            Add(words, input, ref a0, ref c0);
            words = TwelveBitWords.SecondEight(step + TwelveBits.FirstBlock, upper);
            Add(words, input + 8, ref a0, ref c0);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector256.Load(step)));
            words = TwelveBitWords.FirstEight(step + TwelveBits.SecondBlock, upper);
            Add(words, input + 16, ref a0, ref c0);
            words = TwelveBitWords.SecondEight(step + TwelveBits.SecondBlock, upper);
            Add(words, input + 24, ref a0, ref c0);
            // 2. The second row of each pair.
            upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector256.Load(step + Half)));
            words = TwelveBitWords.FirstEight(step + TwelveBits.FirstBlock + Half, upper);
            Add(words, input, ref b0, ref d0);
            words = TwelveBitWords.SecondEight(step + TwelveBits.FirstBlock + Half, upper);
            Add(words, input + 8, ref b0, ref d0);
            upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector256.Load(step + Half)));
            words = TwelveBitWords.FirstEight(step + TwelveBits.SecondBlock + Half, upper);
            Add(words, input + 16, ref b0, ref d0);
            words = TwelveBitWords.SecondEight(step + TwelveBits.SecondBlock + Half, upper);
            Add(words, input + 24, ref b0, ref d0);
        }

        WidenedQuadTiles.Store(a0, b0, c0, d0, lanes);
    }

    /// <summary>Adds the products of eight columns of a row of each pair with a token's inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<uint> words, float* input, ref Vector256<float> first, ref Vector256<float> second)
    {
        var x = Vector256.Load(input);
        first = Lanes.Fma(TwelveBitWords.FirstPair(words), x, first);
        second = Lanes.Fma(TwelveBitWords.SecondPair(words), x, second);
    }
}
