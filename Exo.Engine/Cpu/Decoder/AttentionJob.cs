using System.Runtime.Intrinsics;
using Exo.Engine.Backends;
using Exo.Engine.Cpu.Kernels;
using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>
/// Attention of a step's tokens over their KV blocks. Tokens fall into tiles of up to eight neighbours that share the keys they read;
/// an item is one tile and one key head. With few tiles and a long context the partitions are shared out too and joined after: the same bits either way.
/// </summary>
/// <param name="threads">Who computes.</param>
/// <param name="scratch">Their memory.</param>
/// <param name="state">The step.</param>
/// <param name="mostPartsByteCount">Bytes that results of partitions may take before they are joined: beyond, partitions are not shared out.</param>
internal sealed unsafe class AttentionJob(
    ComputeThreads threads, ThreadScratch scratch, StepState state, long mostPartsByteCount = AttentionJob.MostPartsByteCount) : ComputeJob, IDisposable
{
    /// <summary>Enough for one sequence of a quarter of a million tokens in the largest models. Nobody plans with it, so it must stay small beside a model.</summary>
    public const long MostPartsByteCount = 64 << 20;

    /// <summary>Neighbouring tokens of one tile; tiles begin at multiples of it, so none crosses a block's border.</summary>
    private const int TileTokens = 8;

    private readonly List<Tile> _tiles = [];
    private readonly NativeBuffer _parts = new();
    private CpuLayer? _layer;
    private KvCache? _cache;
    private int _partitions, _tileTokens, _partRows;
    private Phase _phase;

    private enum Phase
    {
        /// <summary>An item is a tile and a head; its partitions run one after the other.</summary>
        Whole,

        /// <summary>An item is one partition of a tile and a head.</summary>
        Part,

        /// <summary>An item is a tile and a head whose partitions are done.</summary>
        Join,
    }

    /// <summary>Bytes set aside for results of partitions.</summary>
    public long PartsByteCount => _parts.Count * sizeof(float);

    /// <summary>Takes in a new step's tiles; the same for all layers.</summary>
    public void Begin()
    {
        _tiles.Clear();
        _partitions = 1;
        _tileTokens = 1;
        var first = 0;
        for (var index = 0; index < state.Slices.Count; index++)
        {
            var slice = state.Slices[index];
            var token = 0;
            while (token < slice.TokenCount)
            {
                var position = slice.StartPosition + token;
                var count = Math.Min(slice.TokenCount - token, TileTokens - position % TileTokens);
                _tiles.Add(new Tile(slice, first + token, count, position));
                _tileTokens = Math.Max(_tileTokens, count);
                _partitions = Math.Max(_partitions, (position + count - 1) / PartitionAttention.Positions + 1);
                token += count;
            }

            first += slice.TokenCount;
        }
    }

    /// <summary>Fills <see cref="StepState.Attended"/> from queries and cache.</summary>
    public void Run(CpuLayer layer, KvCache cache)
    {
        (_layer, _cache) = (layer, cache);
        var attention = layer.Spec.Attention;
        var group = attention.Heads / attention.KvHeads;
        var rows = TileTokens * group;
        var width = Lanes.Padded(attention.HeadSize);
        scratch.Reserve(PartitionAttention.ScratchCount(rows, attention.HeadSize) + rows * attention.HeadSize + 4 * rows + 2 * rows * width + 3 * Lanes.Count);

        var items = _tiles.Count * attention.KvHeads;
        _partRows = _tileTokens * group;
        var partsCount = (long)items * _partitions * PartSize(_partRows, width);
        if (_partitions == 1 || items >= 2 * threads.Count || partsCount > mostPartsByteCount / sizeof(float))
        {
            _phase = Phase.Whole;
            threads.Run(this, items);
            return;
        }

        _parts.Reserve(partsCount);
        _phase = Phase.Part;
        threads.Run(this, items * _partitions);
        _phase = Phase.Join;
        threads.Run(this, items);
    }

    public override void Execute(int item, int thread)
    {
        var attention = _layer!.Spec.Attention;
        var work = _phase == Phase.Part ? item / _partitions : item;
        var tile = _tiles[work / attention.KvHeads];
        var kvHead = work % attention.KvHeads;
        var memory = new Memory(scratch.Of(thread), TileTokens * (attention.Heads / attention.KvHeads), attention.HeadSize);
        switch (_phase)
        {
            case Phase.Whole:
                Whole(tile, kvHead, memory);
                break;
            case Phase.Part:
                Part(tile, kvHead, item % _partitions, memory, PartOf(work, item % _partitions, memory));
                break;
            default:
                Join(tile, kvHead, work, memory);
                break;
        }
    }

    public void Dispose() => _parts.Dispose();

    private static long PartSize(int rows, int width) => (long)rows * (width + Lanes.Count);

    /// <summary>Where a partition's results lie: outputs [rows, width], then largest [rows], then sums [rows], rows being the largest tile's.</summary>
    private float* PartOf(int work, int partition, in Memory memory) =>
        _parts.Data + ((long)work * _partitions + partition) * PartSize(_partRows, memory.Width);

    private void Whole(in Tile tile, int kvHead, in Memory memory)
    {
        var rows = Gather(tile, kvHead, memory);
        Reset(rows.Count, memory);
        for (var partition = FirstPartition(tile); partition <= rows.LastPosition / PartitionAttention.Positions; partition++)
        {
            Compute(tile, rows, kvHead, partition, memory, memory.PartLargest, memory.PartSum, memory.PartOutput);
            JoinRows(rows.Count, memory, memory.PartLargest, memory.PartSum, memory.PartOutput);
        }

        Scatter(tile, kvHead, rows, memory);
    }

    private void Part(in Tile tile, int kvHead, int partition, in Memory memory, float* part)
    {
        var last = (tile.Position + tile.Tokens - 1) / PartitionAttention.Positions;
        if (partition < FirstPartition(tile) || partition > last) return;
        var rows = Gather(tile, kvHead, memory);
        var largest = part + _partRows * memory.Width;
        Compute(tile, rows, kvHead, partition, memory, largest, largest + _partRows, part);
    }

    private void Join(in Tile tile, int kvHead, int work, in Memory memory)
    {
        var rows = Gather(tile, kvHead, memory);
        Reset(rows.Count, memory);
        for (var partition = FirstPartition(tile); partition <= rows.LastPosition / PartitionAttention.Positions; partition++)
        {
            var part = PartOf(work, partition, memory);
            var largest = part + _partRows * memory.Width;
            JoinRows(rows.Count, memory, largest, largest + _partRows, part);
        }

        Scatter(tile, kvHead, rows, memory);
    }

    private void Compute(in Tile tile, in PartitionAttention.Rows rows, int kvHead, int partition, in Memory memory, float* largest, float* sum, float* output)
    {
        var attention = _layer!.Spec.Attention;
        var window = attention.SlidingWindow ?? int.MaxValue;
        var cap = attention.ScoreSoftCap ?? 0f;
        if (_cache!.Type == KvType.F32)
            PartitionAttention.Run<F32Element>(rows, _cache, kvHead, tile.Slice.Blocks.Span, partition, attention.Scale, cap, window, memory.Scratch, largest, sum, output);
        else
            PartitionAttention.Run<F16Element>(rows, _cache, kvHead, tile.Slice.Blocks.Span, partition, attention.Scale, cap, window, memory.Scratch, largest, sum, output);
    }

    /// <summary>Puts the queries of a tile that share a key head one after the other: token by token, head by head.</summary>
    private PartitionAttention.Rows Gather(in Tile tile, int kvHead, in Memory memory)
    {
        var attention = _layer!.Spec.Attention;
        var group = attention.Heads / attention.KvHeads;
        var size = group * attention.HeadSize;
        for (var token = 0; token < tile.Tokens; token++)
        {
            var source = state.Query + ((long)(tile.FirstToken + token) * attention.Heads + kvHead * group) * attention.HeadSize;
            new ReadOnlySpan<float>(source, size).CopyTo(new Span<float>(memory.Queries + token * size, size));
        }

        return new PartitionAttention.Rows { Queries = memory.Queries, Count = tile.Tokens * group, Group = group, FirstPosition = tile.Position };
    }

    /// <summary>Divides by the sums and writes each row to its token and head.</summary>
    private void Scatter(in Tile tile, int kvHead, in PartitionAttention.Rows rows, in Memory memory)
    {
        var attention = _layer!.Spec.Attention;
        for (var row = 0; row < rows.Count; row++)
        {
            var (token, head) = (tile.FirstToken + row / rows.Group, kvHead * rows.Group + row % rows.Group);
            var target = state.Attended + ((long)token * attention.Heads + head) * attention.HeadSize;
            var source = memory.Output + row * memory.Width;
            var scale = 1f / memory.Sum[row];
            for (var i = 0; i < attention.HeadSize; i++) target[i] = source[i] * scale;
        }
    }

    private static void Reset(int rows, in Memory memory)
    {
        new Span<float>(memory.Largest, rows).Fill(float.NegativeInfinity);
        new Span<float>(memory.Sum, rows).Clear();
    }

    private static void JoinRows(int rows, in Memory memory, float* largest, float* sum, float* output)
    {
        for (var row = 0; row < rows; row++)
            PartitionAttention.Join(ref memory.Largest[row], ref memory.Sum[row], memory.Output + row * memory.Width, largest[row], sum[row], output + row * memory.Width, memory.Width);
    }

    private int FirstPartition(in Tile tile) =>
        _layer!.Spec.Attention.SlidingWindow is { } window ? Math.Max(0, tile.Position - window + 1) / PartitionAttention.Positions : 0;

    /// <summary>Neighbouring tokens of one slice.</summary>
    private readonly record struct Tile(SequenceSlice Slice, int FirstToken, int Tokens, int Position);

    /// <summary>How a thread's scratch memory is divided.</summary>
    private readonly struct Memory(float* data, int maxRows, int headSize)
    {
        public int MaxRows { get; } = maxRows;

        public int Width { get; } = Lanes.Padded(headSize);

        public float* Queries => data;

        public float* Largest => Queries + Lanes.Padded(MaxRows * headSize);

        public float* Sum => Largest + MaxRows;

        public float* PartLargest => Sum + MaxRows;

        public float* PartSum => PartLargest + MaxRows;

        /// <summary>[rows, width]</summary>
        public float* Output => PartSum + MaxRows;

        /// <summary>[rows, width]</summary>
        public float* PartOutput => Output + MaxRows * Width;

        public float* Scratch => PartOutput + MaxRows * Width;
    }
}
