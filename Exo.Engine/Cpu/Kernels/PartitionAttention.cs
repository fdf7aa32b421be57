using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Exo.Engine.Backends;
using Exo.Engine.Cpu.Decoder;

namespace Exo.Engine.Cpu.Kernels;

/// <summary>
/// Softmax attention of some query rows over one partition of 256 positions, and the joining of partitions (online softmax, Milakov &amp;
/// Gimelshein 2018). Partitions lie at fixed positions and are joined in order, so the bits don't depend on how prompt or work was split.
/// </summary>
internal static unsafe class PartitionAttention
{
    /// <summary>Positions in one partition.</summary>
    public const int Positions = 256;

    private const int CacheLine = 64;

    private const int BlocksPerPartition = Positions / KvBlock.TokenCount;

    /// <summary>Query rows that share keys and values, where they are, and how far each may look.</summary>
    public readonly struct Rows
    {
        /// <summary>[count, headSize], one after the other.</summary>
        public required float* Queries { get; init; }

        /// <summary>Tokens × heads of one group.</summary>
        public required int Count { get; init; }

        /// <summary>Heads that share a key head: rows of one token.</summary>
        public required int Group { get; init; }

        /// <summary>Position of the first token; row r is at FirstPosition + r / Group.</summary>
        public required int FirstPosition { get; init; }

        public int LastPosition => FirstPosition + (Count - 1) / Group;
    }

    /// <summary>For each row: largest[row] = max score, sum[row] = Σ e^(score - max), output[row] = Σ e^(score - max) · value. Rows that see nothing here get sum 0.</summary>
    /// <param name="blocks">KV block numbers of positions 0, 32, 64, …</param>
    /// <param name="scratch">[<see cref="ScratchCount"/>]</param>
    /// <param name="output">[rows, padded headSize]</param>
    public static void Run<TKv>(
        in Rows rows, KvCache cache, int kvHead, ReadOnlySpan<int> blocks, int partition, float scale, float softCap, int window,
        float* scratch, float* largest, float* sum, float* output)
        where TKv : struct, IElement
    {
        var headSize = cache.HeadSize;
        var width = Lanes.Padded(headSize);
        var scores = scratch;
        var tile = scores + rows.Count * Positions;
        var start = partition * Positions;
        var end = Math.Min(start + Positions, rows.LastPosition + 1);
        var blockCount = KvBlock.CountFor(end - start);
        var firstBlock = Math.Max(0, rows.FirstPosition - window + 1 - start) / KvBlock.TokenCount;

        // 1. Scores of every row with every position of the partition.
        blocks = blocks.Slice(partition * BlocksPerPartition, blockCount);
        for (var block = firstBlock; block < blockCount; block++)
        {
            var next = block + 1 < blockCount ? cache.Keys(blocks[block + 1], kvHead) : cache.Values(blocks[firstBlock], kvHead);
            var keys = Widen<TKv>(cache.Keys(blocks[block], kvHead), headSize, KvBlock.TokenCount, tile, next);
            AttentionTiles.Scores(rows.Queries, headSize, rows.Count, keys, headSize, scores + block * KvBlock.TokenCount, Positions);
        }

        // 2. Softmax weights, row by row, zero where a row may not look.
        for (var row = 0; row < rows.Count; row++)
        {
            var position = rows.FirstPosition + row / rows.Group;
            var from = Math.Max(Math.Max(0, position - window + 1 - start), firstBlock * KvBlock.TokenCount);
            var to = Math.Min(end, position + 1) - start;
            (largest[row], sum[row]) = Weigh(scores + row * Positions, firstBlock * KvBlock.TokenCount, blockCount * KvBlock.TokenCount, from, to, scale, softCap);
        }

        // 3. Weighted values. Positions beyond the last row's are not touched: they may hold anything.
        new Span<float>(output, rows.Count * width).Clear();
        for (var block = firstBlock; block < blockCount; block++)
        {
            var positions = Math.Min(KvBlock.TokenCount, end - start - block * KvBlock.TokenCount);
            var values = Widen<TKv>(cache.Values(blocks[block], kvHead), positions, headSize, tile, block + 1 < blockCount ? cache.Values(blocks[block + 1], kvHead) : null);
            AttentionTiles.Accumulate(scores + block * KvBlock.TokenCount, Positions, rows.Count, values, positions, width, output);
        }
    }

    /// <summary>Adds one more partition to what was joined so far.</summary>
    /// <param name="output">[width]</param>
    /// <param name="partOutput">[width]</param>
    public static void Join(ref float largest, ref float sum, float* output, float partLargest, float partSum, float* partOutput, int width)
    {
        if (partSum == 0f) return;
        if (sum == 0f)
        {
            (largest, sum) = (partLargest, partSum);
            new ReadOnlySpan<float>(partOutput, width).CopyTo(new Span<float>(output, width));
            return;
        }

        var newLargest = MathF.Max(largest, partLargest);
        var (keep, take) = (Exponential.Exp(largest - newLargest), Exponential.Exp(partLargest - newLargest));
        for (var i = 0; i < width; i += Lanes.Count) (Vector256.Load(output + i) * keep + Vector256.Load(partOutput + i) * take).Store(output + i);
        (largest, sum) = (newLargest, sum * keep + partSum * take);
    }

    /// <summary>Floats of scratch memory for <paramref name="rows"/> query rows.</summary>
    public static int ScratchCount(int rows, int headSize) => rows * Positions + KvBlock.TokenCount * Lanes.Padded(headSize);

    /// <summary>Turns scores [from, to) into e^(score - max) and the rest of [clearFrom, clearTo) into 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static (float Largest, float Sum) Weigh(float* scores, int clearFrom, int clearTo, int from, int to, float scale, float softCap)
    {
        if (to <= from)
        {
            new Span<float>(scores + clearFrom, clearTo - clearFrom).Clear();
            return (float.NegativeInfinity, 0f);
        }

        var lanes = Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7);
        var largest = Vector256.Create(float.NegativeInfinity);
        for (var i = clearFrom; i < clearTo; i += Lanes.Count)
        {
            var index = lanes + Vector256.Create(i);
            var score = Vector256.Load(scores + i) * scale;
            if (softCap > 0f) score = SoftCap.Apply(score, softCap);
            var seen = Vector256.GreaterThanOrEqual(index, Vector256.Create(from)) & Vector256.LessThan(index, Vector256.Create(to));
            score = Vector256.ConditionalSelect(seen.AsSingle(), score, Vector256.Create(float.NegativeInfinity));
            largest = Vector256.Max(largest, score);
            score.Store(scores + i);
        }

        var top = Lanes.Max(largest);
        var sum = Vector256<float>.Zero;
        for (var i = clearFrom; i < clearTo; i += Lanes.Count)
        {
            var weight = Exponential.Exp(Vector256.Load(scores + i) - Vector256.Create(top));
            sum += weight;
            weight.Store(scores + i);
        }

        return (top, Lanes.Fold(sum));
    }

    /// <summary>[rows, columns] as floats, rows padded to whole vectors: the memory itself where it is that already.</summary>
    /// <param name="next">As many bytes that come after these, far away: they are asked for meanwhile. Null where there is nothing.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float* Widen<TKv>(byte* source, int rows, int columns, float* tile, byte* next)
        where TKv : struct, IElement
    {
        if (typeof(TKv) == typeof(F32Element) && columns % Lanes.Count == 0) return (float*)source;
        var width = Lanes.Padded(columns);
        var rowByteCount = columns * TKv.Size;
        for (var row = 0; row < rows; row++)
        {
            var from = source + (long)row * rowByteCount;
            if (next is not null && Sse.IsSupported)
                for (var at = 0; at < rowByteCount; at += CacheLine) Sse.Prefetch0(next + (long)row * rowByteCount + at);
            var to = tile + row * width;
            var i = 0;
            for (; i + Lanes.Count <= columns; i += Lanes.Count) TKv.Load(from + (long)i * TKv.Size).Store(to + i);
            for (; i < width; i++) to[i] = i < columns ? TKv.LoadOne(from + (long)i * TKv.Size) : 0f;
        }

        return tile;
    }
}
