using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Generation;
using Exo.Engine.Models;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Cpu;

/// <summary>
/// The law of the same answer on the CPU backend: what the last layer leaves is equal bit for bit however a prompt is cut, batched,
/// sharded or threaded, and wherever its KV blocks lie.
/// </summary>
public sealed class SameAnswerTests
{
    /// <summary>Long enough for two attention partitions of 256 positions, and no multiple of anything.</summary>
    private const int Length = 301;

    public static TheoryData<string, DecoderSpec, DType> Models() => [.. PlainModels(), .. QuantizedModels()];

    public static TheoryData<string, DecoderSpec, DType> QuantizedModels() => new()
    {
        { "q8_0", Quantizable(biases: true), DType.Q8_0 },
        { "q4_0", Quantizable(), DType.Q4_0 },
        { "q4_0, experts", Quantizable(experts: true), DType.Q4_0 },
        { "q4_k", Quantizable(), DType.Q4_K },
        { "q6_k, gemma", Quantizable(gemma: true), DType.Q6_K },
    };

    public static TheoryData<string, DecoderSpec, DType> PlainModels() => new()
    {
        { "llama f32", RandomModel.MakeSpec(), DType.F32 },
        { "llama bf16", RandomModel.MakeSpec(), DType.BF16 },
        { "llama f16, head size 20", RandomModel.MakeSpec(headSize: 20), DType.F16 },
        { "multi-head, partly rotated", RandomModel.MakeSpec(heads: 3, kvHeads: 3, headSize: 8, rotated: 4), DType.BF16 },
        { "mistral, window 37", RandomModel.MakeSpec(window: 37), DType.BF16 },
        { "qwen, norms and biases", RandomModel.MakeSpec(heads: 6, kvHeads: 1, norms: true, biases: true), DType.BF16 },
        { "gemma, window 300", RandomModel.MakeSpec(gemma: true, window: 300, headSize: 32), DType.BF16 },
        { "experts", RandomModel.MakeSpec(experts: true, norms: true), DType.F32 },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Forward_CutBatchedShardedOrThreaded_GivesTheSameBits(string name, DecoderSpec spec, DType type)
    {
        using var model = new RandomModel(spec, type);
        var tokens = Tokens(Length, 1);
        var whole = Run(model, [0], [(tokens, [Length])]);

        Assert.All(whole[0], value => Assert.True(float.IsFinite(value), name));
        Assert.Equal(whole[0], Run(model, [0], [(tokens, [1, 7, 100, 93, 99, 1])])[0]);
        Assert.Equal(whole[0], Run(model, [0], [(tokens, [.. Enumerable.Repeat(1, Length)])])[0]);
        Assert.Equal(whole[0], Run(model, [0, 1, 4], [(tokens, [150, 151])])[0]);
        Assert.Equal(whole[0], Run(model, [0, 2], [(tokens, [300, 1])], threads: 1)[0]);
        Assert.Equal(whole[0], Run(model, [0], [(tokens, [299, 2])], threads: 7)[0]);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Forward_HalfCache_IsCutAndShardedWithTheSameBits(string name, DecoderSpec spec, DType type)
    {
        using var model = new RandomModel(spec, type);
        var tokens = Tokens(Length, 1);
        var whole = Run(model, [0], [(tokens, [Length])], kvType: KvType.F16);

        Assert.All(whole[0], value => Assert.True(float.IsFinite(value), name));
        Assert.Equal(whole[0], Run(model, [0, 2], [(tokens, [33, 200, 1, 67])], threads: 3, kvType: KvType.F16)[0]);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Forward_InABatchOfEight_GivesTheBitsOfEachAlone(string name, DecoderSpec spec, DType type)
    {
        using var model = new RandomModel(spec, type);
        (int[], int[])[] sequences = [.. Enumerable.Range(0, 8).Select(i =>
        {
            var length = 20 + i * 13;
            return (Tokens(length, i), (int[])[10 + i, length - 10 - i - 2, 1, 1]);
        })];

        var together = Run(model, [0, 3], sequences);

        for (var i = 0; i < sequences.Length; i++)
            Assert.True(together[i].AsSpan().SequenceEqual(Run(model, [0], [(sequences[i].Item1, [sequences[i].Item1.Length])])[0]), $"{name}, sequence {i}");
    }

    /// <summary>Packed at load, by the first steps or not yet: the same bits.</summary>
    [Fact]
    public void Forward_PackedAtLoadOrByTheFirstSteps_GivesTheSameBits()
    {
        using var model = new RandomModel(RandomModel.MakeSpec(hidden: 64, intermediate: 96), DType.BF16);
        using var atLoad = Load(packsAtOnce: true);
        using var bySteps = Load(packsAtOnce: false);
        Assert.Equal(0, atLoad.PendingByteCount);
        var tokens = Tokens(GradualPacking.Steps + 3, 3);
        for (var position = 0; position < tokens.Length; position++)
        {
            if (position < 2) Assert.True(bySteps.PendingByteCount > 0);
            if (position > GradualPacking.Steps) Assert.Equal(0, bySteps.PendingByteCount);
            Assert.Equal(Odds(atLoad), Odds(bySteps));

            IReadOnlyList<TokenLogprob> Odds(IShard shard) => shard.Forward(new StepInput
            {
                TokenIds = tokens.AsMemory(position, 1),
                Slices = [new SequenceSlice { SequenceId = 1, StartPosition = position, TokenCount = 1, Blocks = new[] { 0 }, PromptTopLogprobs = 101 }],
            }).Slices[0].PromptLogprobs!.Single();
        }

        IShard Load(bool packsAtOnce) => new CpuBackend().Load(
            model.Spec, LayerRange.All(model.Spec), model.Weights, new ShardOptions { KvBlockCount = 1, Threads = 2, PacksAtOnce = packsAtOnce });
    }

    [Fact]
    public void Forward_StepSentTwice_ChangesNothing()
    {
        using var model = new RandomModel(RandomModel.MakeSpec(), DType.BF16);
        var tokens = Tokens(50, 3);
        using var shard = model.Load([0])[0];
        var blocks = new[] { 5, 2 };
        StepInput Step(int start, int count) => new()
        {
            TokenIds = tokens.AsMemory(start, count),
            Slices = [new SequenceSlice { SequenceId = 1, StartPosition = start, TokenCount = count, Blocks = blocks, PromptTopLogprobs = 101 }],
        };
        shard.Forward(Step(0, 40));
        var once = shard.Forward(Step(40, 10)).Slices[0].PromptLogprobs;

        shard.Forward(Step(20, 20));
        var twice = shard.Forward(Step(40, 10)).Slices[0].PromptLogprobs;

        Assert.Equal(once, twice);
    }

    [Theory]
    [InlineData(-1, 4, 0, "negative")]
    [InlineData(0, 0, 0, "at least 1")]
    [InlineData(0, 4, 64, "KV block 64")]
    [InlineData(40, 4, 0, "2 are needed")]
    public void Forward_StepThatDoesNotFit_IsRefusedWithItsValues(int start, int count, int block, string expected)
    {
        using var model = new RandomModel(RandomModel.MakeSpec(), DType.F32);
        using var shard = model.Load([0])[0];
        var step = new StepInput { TokenIds = new int[count], Slices = [new SequenceSlice { SequenceId = 1, StartPosition = start, TokenCount = count, Blocks = new[] { block } }] };

        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => shard.Forward(step)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_UnknownToken_IsRefused()
    {
        using var model = new RandomModel(RandomModel.MakeSpec(), DType.F32);
        using var shard = model.Load([0])[0];
        var step = new StepInput { TokenIds = new[] { 101 }, Slices = [new SequenceSlice { SequenceId = 1, StartPosition = 0, TokenCount = 1, Blocks = new[] { 0 } }] };

        Assert.Contains("token id 101", Assert.Throws<ArgumentException>(() => shard.Forward(step)).Message, StringComparison.Ordinal);
    }

    /// <summary>Every row fills blocks of 256.</summary>
    private static DecoderSpec Quantizable(bool biases = false, bool experts = false, bool gemma = false) =>
        RandomModel.MakeSpec(headSize: 64, biases: biases, experts: experts, gemma: gemma, hidden: 256, intermediate: 256);

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(101))];
    }

    /// <summary>
    /// Runs sequences side by side, each cut into its chunks, over shards that begin at the given layers; KV blocks are handed out in a shuffled
    /// order. Returns, for each sequence, all log-probabilities at all positions, by token id: [tokens, vocabSize].
    /// </summary>
    private static float[][] Run(RandomModel model, int[] starts, (int[] Tokens, int[] Chunks)[] sequences, int threads = 2, KvType kvType = KvType.Auto)
    {
        const int Blocks = 96;
        var shards = model.Load(starts, threads, Blocks, kvType);
        var free = new Queue<int>(Enumerable.Range(0, Blocks).OrderBy(i => i * 37 % Blocks));
        var tables = sequences.Select(sequence => Enumerable.Range(0, KvBlock.CountFor(sequence.Tokens.Length)).Select(_ => free.Dequeue()).ToArray()).ToArray();
        var results = sequences.Select(_ => new List<float>()).ToArray();
        for (var round = 0; round < sequences.Max(sequence => sequence.Chunks.Length); round++)
        {
            var (slices, tokens) = (new List<SequenceSlice>(), new List<int>());
            for (var i = 0; i < sequences.Length; i++)
            {
                if (round >= sequences[i].Chunks.Length) continue;
                var (start, count) = (sequences[i].Chunks.Take(round).Sum(), sequences[i].Chunks[round]);
                slices.Add(new SequenceSlice { SequenceId = i, StartPosition = start, TokenCount = count, Blocks = tables[i], PromptTopLogprobs = 101 });
                tokens.AddRange(sequences[i].Tokens.Skip(start).Take(count));
            }

            StepOutput output = new();
            foreach (var shard in shards) output = shard.Forward(new StepInput { Slices = slices, TokenIds = tokens.ToArray(), Hidden = output.Hidden });
            foreach (var slice in output.Slices)
                results[slice.SequenceId].AddRange(slice.PromptLogprobs.SelectMany(tops => tops.OrderBy(top => top.TokenId).Select(top => top.Logprob)));
        }

        foreach (var shard in shards) shard.Dispose();
        return [.. results.Select(result => result.ToArray())];
    }
}
