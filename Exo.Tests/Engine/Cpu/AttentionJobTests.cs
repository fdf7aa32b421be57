using Exo.Engine.Backends;
using Exo.Engine.Cpu.Decoder;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Cpu;

/// <summary>Attention of few tokens over a long context, its partitions shared out over many threads or not.</summary>
public sealed class AttentionJobTests
{
    private const int Threads = 8, Blocks = 64, Length = 1500;

    [Theory]
    [InlineData(1, null)]
    [InlineData(5, null)]
    [InlineData(11, null)]
    [InlineData(5, 700)]
    public void Run_PartitionsSharedOutOrNot_GivesTheSameBits(int tokens, int? window)
    {
        var spec = RandomModel.MakeSpec(headSize: 20, window: window);

        var whole = Attend(spec, tokens, mostPartsByteCount: 0);
        var shared = Attend(spec, tokens, AttentionJob.MostPartsByteCount);

        Assert.Equal(0, whole.PartsByteCount);
        Assert.True(shared.PartsByteCount > 0);
        Assert.All(whole.Attended, value => Assert.True(float.IsFinite(value)));
        Assert.Equal(whole.Attended, shared.Attended);
    }

    /// <summary>What partitions leave is kept for the tokens there are, not for the most that a tile can have.</summary>
    [Fact]
    public void Run_OneToken_KeepsAnEighthOfWhatAWholeTileTakes()
    {
        var spec = RandomModel.MakeSpec();

        Assert.Equal(Attend(spec, 8, AttentionJob.MostPartsByteCount, start: 1496).PartsByteCount, 8 * Attend(spec, 1, AttentionJob.MostPartsByteCount).PartsByteCount);
    }

    /// <returns>[tokens, heads · headSize], and the bytes that were set aside for partitions.</returns>
    private static unsafe (float[] Attended, long PartsByteCount) Attend(DecoderSpec spec, int tokens, long mostPartsByteCount, int start = Length)
    {
        var attention = spec.Layers[0].Attention;
        using var model = new RandomModel(spec, DType.F32);
        using var threads = new ComputeThreads(Threads, "test");
        using var scratch = new ThreadScratch(Threads);
        using var loader = new MatrixLoader(threads, InstructionSets.Best);
        using var layer = new CpuLayer(spec, spec.Layers[0], model.Weights.Layers[0], loader);
        using var cache = new KvCache(Blocks, attention.KvHeads, attention.HeadSize, KvType.F32);
        using var state = new StepState(spec);
        using var job = new AttentionJob(threads, scratch, state, mostPartsByteCount);
        int[] blocks = [.. Enumerable.Range(0, Blocks).Select(i => i * 37 % Blocks)];
        Remember(cache, blocks, start + tokens);
        state.Begin(new StepInput { TokenIds = new int[tokens], Slices = [new SequenceSlice { SequenceId = 1, StartPosition = start, TokenCount = tokens, Blocks = blocks }] }, [layer]);
        var size = tokens * attention.Heads * attention.HeadSize;
        RandomFloats.Normal(size, 2).CopyTo(new Span<float>(state.Query, size));

        job.Begin();
        job.Run(layer, cache);

        return (new Span<float>(state.Attended, size).ToArray(), job.PartsByteCount);
    }

    /// <summary>Keys and values of so many positions.</summary>
    private static unsafe void Remember(KvCache cache, int[] blocks, int positions)
    {
        var values = RandomFloats.Normal(positions * cache.KvHeads * 2 * cache.HeadSize, 1);
        fixed (float* data = values)
        {
            var at = data;
            for (var position = 0; position < positions; position++)
            {
                for (var head = 0; head < cache.KvHeads; head++, at += 2 * cache.HeadSize)
                    cache.Store(blocks[position / KvBlock.TokenCount], position % KvBlock.TokenCount, head, at, at + cache.HeadSize);
            }
        }
    }
}
