using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Generation;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Scheduling;
using Exo.Engine.Tokenization;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Models;
using static System.FormattableString;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>A token costs no memory of the collector's: neither on the scheduler's thread nor on the shard's.</summary>
public sealed class StepAllocationTests
{
    private const int StepCount = 1000;

    private static readonly ModelFiles Stories = ModelFiles.Open(Path.Combine(AppContext.BaseDirectory, "models", "stories")); // it has 1,024 tokens of context

    /// <summary>What answers are made of besides plain greedy tokens: draws, penalties, stop strings, a batch.</summary>
    public static TheoryData<string> Kinds => ["greedy", "sampled", "batch"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Turn_ThousandStepsAfterWarmUp_AllocatesNothing(string kind) => AssertNothingAllocated(kind, Stories, threads: 1);

    /// <summary>Of several threads the shard's own is measured: which computes what any of them does.</summary>
    [Theory]
    [InlineData("batch", null)]
    [InlineData("greedy", DType.Q8_0)]
    [InlineData("batch", DType.Q4_0)]
    public void Turn_OnTwoThreads_AllocatesNothing(string kind, DType? type) =>
        AssertNothingAllocated(kind, type is { } format ? QuantizedModel.Of(Stories, format) : Stories, threads: 2);

    /// <summary>Of random weights, whose tokens would join to characters that nobody has met: each is a letter instead.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_0)]
    public void Turn_OfExperts_AllocatesNothing(DType? type)
    {
        using var folder = new TempFolder();
        TinyModel.Write(folder, TinyModel.Config(
            "qwen3_moe", ("hidden_size", "32"), ("moe_intermediate_size", "32"), ("vocab_size", Invariant($"{Stories.Spec.VocabSize}")), ("max_position_embeddings", "1024"), ("num_experts", "6"), ("num_experts_per_tok", "2")));
        var files = ModelFiles.Open(folder.Path);
        Assert.True(files.Spec.HasExperts);

        AssertNothingAllocated("batch", type is { } format ? QuantizedModel.Of(files, format) : files, threads: 2);
    }

    private static void AssertNothingAllocated(string kind, ModelFiles files, int threads)
    {
        using var weights = files.OpenWeights();
        var all = LayerRange.All(files.Spec);
        using var shard = new MeteredShard(new CpuBackend().Load(files.Spec, all, files.LoadShard(weights, all), new ShardOptions { KvBlockCount = 128, Threads = threads }));
        using var chain = new LocalChain([shard]);
        using var woken = new ManualResetEventSlim();
        var loop = new StepLoop(new SchedulerOptions { VocabSize = files.Spec.VocabSize, ContextLength = 1024 }, null, TimeProvider.System, woken.Set);
        loop.Use(chain);

        // The same twice: the first round meets every token's text and every buffer's size. The least of three: a collection may empty a pool.
        Run(Requests(kind));
        var least = Enumerable.Range(0, 3).Select(_ => Run(Requests(kind))).MinBy(bytes => bytes.Scheduler + bytes.Shard);

        Assert.Equal((0, 0), least);

        (long Scheduler, long Shard) Run(GenerationRequest[] requests)
        {
            Sequence[] sequences = [.. requests.Select((request, i) => new Sequence(i + 1, request, 1024, files.HasTokenizer ? TokenizerText.Of(files.Tokenizer, request) : new OneLetter(), 0))];
            foreach (var sequence in sequences) loop.Add(sequence);
            Drive(sequences, 8);
            var (scheduler, forward) = (GC.GetAllocatedBytesForCurrentThread(), shard.AllocatedByteCount);
            Drive(sequences, StepCount);
            var allocated = (GC.GetAllocatedBytesForCurrentThread() - scheduler, shard.AllocatedByteCount - forward);
            foreach (var sequence in sequences) sequence.CancelRequested = true;
            loop.Turn(cancelled: true);
            Assert.All(sequences, sequence => Assert.True(sequence.HasEnded));
            return allocated;
        }

        void Drive(Sequence[] sequences, int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                Turn();
                foreach (var sequence in sequences) sequence.Events.Skip();
            }
        }

        void Turn()
        {
            woken.Reset();
            loop.Turn(cancelled: false);
            Assert.True(woken.Wait(TimeSpan.FromSeconds(60)), "the step never came back");
        }
    }

    private static GenerationRequest[] Requests(string kind) => kind switch
    {
        "greedy" => [Request("Once upon a time", SamplingOptions.Greedy)],
        "sampled" => [Request("Once upon a time", Sampled(1)) with { Stops = ["***", "☃"], StopTokenIds = [3] }],
        _ => [.. Enumerable.Range(1, 3).Select(seed => Request("One day a girl named Lily", Sampled(seed)))],
    };

    private static SamplingOptions Sampled(int seed) => new()
    {
        Temperature = 0.8f,
        TopK = 50,
        TopP = 0.9f,
        MinP = 0.02f,
        RepetitionPenalty = 1.05f,
        LogitBias = new Dictionary<int, float> { [3] = -100, [7] = 0.5f },
        Seed = (ulong)seed,
    };

    private static GenerationRequest Request(string text, SamplingOptions sampling) =>
        new() { Prompt = Stories.Tokenizer.Encode(text), Sampling = sampling, IgnoreEos = true };

    /// <summary>The text of any token.</summary>
    private sealed class OneLetter : ITextStream
    {
        public string Append(int tokenId) => "a";

        public string Flush() => "";
    }

    /// <summary>A shard that knows what its passes allocate on their thread.</summary>
    private sealed class MeteredShard(IShard inner) : IShard
    {
        private long _allocated;
        public long AllocatedByteCount => Interlocked.Read(ref _allocated);

        public DecoderSpec Spec => inner.Spec;

        public LayerRange Layers => inner.Layers;

        public int KvBlockCount => inner.KvBlockCount;

        public long KvBlockByteCount => inner.KvBlockByteCount;

        public long PendingByteCount => inner.PendingByteCount;

        public StepOutput Forward(StepInput step, CancellationToken cancellationToken = default)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var output = inner.Forward(step, cancellationToken);
            Interlocked.Add(ref _allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            return output;
        }

        public void Dispose() => inner.Dispose();
    }
}
