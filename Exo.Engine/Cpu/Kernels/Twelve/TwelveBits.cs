using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Exo.Engine.Cpu.Kernels.Twelve;

/// <summary>
/// BF16 weights in twelve bits each, none of them changed. A weight's upper byte is its sign and most of its exponent, and a matrix's weights are of few magnitudes: sixteen of the
/// 256 upper bytes are nearly all there are, so four bits name one. The lower byte stays as it is. The few weights with another upper byte, one in some ten thousand, are patches
/// beside the others.
/// <para>
/// Four rows side by side are a quad: [16 upper bytes][patches][steps]. A step is 32 columns of them: 64 bytes with two codes each, then twice 64 lower bytes, of the columns 0 to 15
/// (codes in the lower halves) and 16 to 31. Sixteen lower bytes woven with their upper ones are eight dwords of two weights each, so that a shift and a mask give floats; where each
/// weight lies (<see cref="PackStep"/>) is such that these come as eight columns of one row in each 256 bits, and of two rows in 512.
/// </para>
/// </summary>
internal static unsafe class TwelveBits
{
    /// <summary>Rows of a quad.</summary>
    public const int Rows = 4;

    /// <summary>Columns of a step.</summary>
    public const int StepColumns = 32;

    /// <summary>Weights of a step.</summary>
    public const int StepCount = Rows * StepColumns;

    /// <summary>Bytes of a step: codes, then lower bytes.</summary>
    public const int StepByteCount = StepCount * 3 / 2;

    /// <summary>Bytes of a step's codes, and of each half of its lower bytes.</summary>
    public const int BlockByteCount = 64;

    /// <summary>Where a step's lower bytes of columns 0 to 15 begin, and of 16 to 31.</summary>
    public const int FirstBlock = BlockByteCount, SecondBlock = 2 * BlockByteCount;

    /// <summary>The upper bytes that a quad names.</summary>
    public const int TableByteCount = 16;

    /// <summary>In place of the number of patches: there are more than fit, and the quad is not packed.</summary>
    public const ushort NotPacked = ushort.MaxValue;

    /// <summary>Columns for each patch that there is room for.</summary>
    private const int ColumnsPerPatch = 192;

    private const int CacheLine = 64;

    /// <summary>Twelve steps: more makes no difference, half of it little.</summary>
    private const int AheadByteCount = 12 * StepByteCount;

    /// <summary>Bytes before a quad's first step.</summary>
    public static int HeadByteCount(int columns) => (TableByteCount + sizeof(ushort) + columns / ColumnsPerPatch * sizeof(TwelveBitPatch) + CacheLine - 1) / CacheLine * CacheLine;

    /// <summary>Bytes of a quad.</summary>
    /// <param name="columns">A multiple of <see cref="StepColumns"/>.</param>
    public static long QuadByteCount(int columns) => HeadByteCount(columns) + (long)columns / StepColumns * StepByteCount;

    /// <summary>How many patches a quad has, or <see cref="NotPacked"/>.</summary>
    public static int PatchCount(byte* quad) => *(ushort*)(quad + TableByteCount);

    /// <summary>A quad's patches, in the order of their steps, and behind them one of <see cref="TwelveBitPatch.NoStep"/>.</summary>
    public static TwelveBitPatch* Patches(byte* quad) => (TwelveBitPatch*)(quad + TableByteCount + sizeof(ushort));

    /// <summary>Patches that a quad has room for, but for the one behind them.</summary>
    private static int PatchRoom(int columns) => (HeadByteCount(columns) - TableByteCount - sizeof(ushort)) / sizeof(TwelveBitPatch) - 1;

    /// <summary>Packs four rows.</summary>
    /// <param name="r0">The rows' weights in BF16, [<paramref name="columns"/>] each.</param>
    /// <param name="quad">[<see cref="QuadByteCount"/>], overwritten.</param>
    /// <returns>False where there are more patches than fit: the quad says so, and the rest of it means nothing.</returns>
    public static bool Pack(ushort* r0, ushort* r1, ushort* r2, ushort* r3, int columns, byte* quad)
    {
        // Patches cost time too: where the usual choice makes many, all weights are counted for a better one.
        var room = PatchRoom(columns);
        return TryPack(r0, r1, r2, r3, columns, UpperByteChoice.UpToTheLargest(r0, r1, r2, r3, columns), room / 2, quad)
            || TryPack(r0, r1, r2, r3, columns, UpperByteChoice.Best(r0, r1, r2, r3, columns), room, quad);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryPack(ushort* r0, ushort* r1, ushort* r2, ushort* r3, int columns, in UpperByteChoice choice, int mostPatches, byte* quad)
    {
        choice.WriteTable(quad);
        *(ushort*)(quad + TableByteCount) = NotPacked;
        var patches = Patches(quad);
        var count = 0;
        var to = quad + HeadByteCount(columns);
        for (var column = 0; column < columns; column += StepColumns)
        {
            // 1. On to the next step with an upper byte that has no code. 2. Its patches.
            column = PackSteps(r0, r1, r2, r3, column, columns, choice, to);
            if (column < columns && !AddPatches(r0 + column, r1 + column, r2 + column, r3 + column, choice, column / StepColumns, patches, mostPatches, ref count)) return false;
        }

        patches[count] = TwelveBitPatch.Of(TwelveBitPatch.NoStep, 0, 0, 0);
        *(ushort*)(quad + TableByteCount) = (ushort)count;
        return true;
    }

    /// <summary>Asks for a step that is far enough ahead: beside the inputs of several tokens, which pass through the same caches, the processor foresees the stream too late.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* step)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(step + AheadByteCount);
        Sse.Prefetch0(step + AheadByteCount + CacheLine);
        Sse.Prefetch0(step + AheadByteCount + 2 * CacheLine);
    }

    /// <summary>The weights of steps as floats, patches left out.</summary>
    /// <param name="step">The first.</param>
    /// <param name="table">The quad's.</param>
    /// <param name="destination">Eight columns of a row at a time: of the second row of a pair behind those of the first, pairs <paramref name="pairStride"/> floats apart, and from one eight columns to the next <paramref name="eightStride"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* step, int steps, Vector128<byte> table, float* destination, int pairStride, int eightStride)
    {
        var named = Vector256.Create(table, table);
        for (; steps > 0; steps--, step += StepByteCount, destination += StepColumns / Lanes.Count * eightStride)
        {
            Prefetch(step);
            for (var half = 0; half < 2; half++)
            {
                var from = step + half * (BlockByteCount / 2);
                var to = destination + half * Lanes.Count;
                var upper = TwelveBitWords.Upper(named, TwelveBitWords.First(Vector256.Load(from)));
                Store(TwelveBitWords.FirstEight(from + FirstBlock, upper), to, pairStride);
                Store(TwelveBitWords.SecondEight(from + FirstBlock, upper), to + eightStride, pairStride);
                upper = TwelveBitWords.Upper(named, TwelveBitWords.Second(Vector256.Load(from)));
                Store(TwelveBitWords.FirstEight(from + SecondBlock, upper), to + 2 * eightStride, pairStride);
                Store(TwelveBitWords.SecondEight(from + SecondBlock, upper), to + 3 * eightStride, pairStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<uint> words, float* destination, int pairStride)
    {
        TwelveBitWords.FirstPair(words).Store(destination);
        TwelveBitWords.SecondPair(words).Store(destination + pairStride);
    }

    /// <summary>Packs steps from the one of a column on.</summary>
    /// <param name="to">The quad's first step.</param>
    /// <returns>The first column of a step, packed too, that has an upper byte without a code; <paramref name="columns"/> where there is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int PackSteps(ushort* r0, ushort* r1, ushort* r2, ushort* r3, int column, int columns, in UpperByteChoice choice, byte* to)
    {
        var (first, zeros) = choice.Vectors;
        to += (nint)column / StepColumns * StepByteCount;
        for (; column < columns; column += StepColumns, to += StepByteCount)
        {
            // A half of a register holds one row of each pair: rows 0 and 2 the lower one, 1 and 3 the upper.
            var unnamed = Vector256<byte>.Zero;
            var (a, b) = (Two(r0 + column, r1 + column), Two(r2 + column, r3 + column));
            var (lower0, code0) = (Lower(a, b), UpperByteChoice.Code(Upper(a, b), first, zeros, ref unnamed));
            (a, b) = (Two(r0 + column + 8, r1 + column + 8), Two(r2 + column + 8, r3 + column + 8));
            var (lower1, code1) = (Lower(a, b), UpperByteChoice.Code(Upper(a, b), first, zeros, ref unnamed));
            StoreLanes(lower0, lower1, to + FirstBlock);
            (a, b) = (Two(r0 + column + 16, r1 + column + 16), Two(r2 + column + 16, r3 + column + 16));
            (lower0, var code2) = (Lower(a, b), UpperByteChoice.Code(Upper(a, b), first, zeros, ref unnamed));
            (a, b) = (Two(r0 + column + 24, r1 + column + 24), Two(r2 + column + 24, r3 + column + 24));
            (lower1, var code3) = (Lower(a, b), UpperByteChoice.Code(Upper(a, b), first, zeros, ref unnamed));
            StoreLanes(lower0, lower1, to + SecondBlock);
            StoreLanes(code0 | (code2.AsUInt16() << 4).AsByte(), code1 | (code3.AsUInt16() << 4).AsByte(), to);
            if (unnamed != Vector256<byte>.Zero) break;
        }

        return column;
    }

    /// <summary>Eight columns of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Two(ushort* first, ushort* second) => Vector256.Create(Vector128.Load(first), Vector128.Load(second));

    /// <summary>The lower bytes of two pairs' rows, taking turns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Lower(Vector256<ushort> a, Vector256<ushort> b) => ((a & Vector256.Create((ushort)0xFF)) | b << 8).AsByte();

    /// <summary>Their upper bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Upper(Vector256<ushort> a, Vector256<ushort> b) => (a >>> 8 | (b & Vector256.Create((ushort)0xFF00))).AsByte();

    /// <summary>In each half, columns 0 to 3 of both eights into the first 128 bits, 4 to 7 into the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreLanes(Vector256<byte> first, Vector256<byte> second, byte* to)
    {
        Weave(first.GetLower().AsUInt64(), second.GetLower().AsUInt64(), (ulong*)to);
        Weave(first.GetUpper().AsUInt64(), second.GetUpper().AsUInt64(), (ulong*)(to + BlockByteCount / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weave(Vector128<ulong> first, Vector128<ulong> second, ulong* to)
    {
        to[0] = first.GetElement(0);
        to[1] = second.GetElement(0);
        to[2] = first.GetElement(1);
        to[3] = second.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AddPatches(ushort* r0, ushort* r1, ushort* r2, ushort* r3, in UpperByteChoice choice, int step, TwelveBitPatch* patches, int mostPatches, ref int count)
    {
        var rows = stackalloc ushort*[] { r0, r1, r2, r3 };
        for (var column = 0; column < StepColumns; column++)
            for (var row = 0; row < Rows; row++)
            {
                var weight = rows[row][column];
                if (choice.Names((byte)(weight >> 8))) continue;
                if (count == mostPatches) return false;
                patches[count++] = TwelveBitPatch.Of(step, row, column, weight);
            }

        return true;
    }
}
