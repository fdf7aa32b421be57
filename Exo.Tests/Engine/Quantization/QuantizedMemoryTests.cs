using System.Globalization;
using System.Text;
using System.Text.Json;
using Exo.Engine;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Models;

namespace Exo.Tests.Engine.Quantization;

/// <summary>What this process has in memory of its own while it loads a model of a hundred million weights, holes in a file. Alone: other tests take memory too.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class QuantizedMemoryTests : IDisposable
{
    /// <summary>Of the packed weights, what runtime, key and value blocks and whatever else stirs may add; a second copy would add all of them.</summary>
    private const double Slack = 0.25;

    private const int Layers = 6;
    private const int HiddenSize = 1024;
    private const int IntermediateSize = 4096;
    private const int VocabSize = 64;

    private readonly TempFolder _folder = new();

    public QuantizedMemoryTests()
    {
        Assert.SkipUnless(File.Exists("/proc/self/status"), "the system doesn't tell a process's own memory");
        var config = TinyModel.Config(
            "llama", ("hidden_size", "1024"), ("intermediate_size", "4096"), ("num_hidden_layers", "6"), ("num_attention_heads", "8"), ("num_key_value_heads", "8"), ("head_dim", "128"), ("vocab_size", "64"));
        _folder.Write("config.json", config);
        WriteHoles(HfConfigs.Read(config).TiedHead);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_K)]
    public async Task Load_Quantized_HoldsOneCopy_AsItWasPlanned(DType type)
    {
        var files = QuantizedModel.Of(ModelFiles.Open(_folder.Path), type);
        var planned = ModelCost.Of(files).WeightByteCount;
        var before = OwnByteCountAtRest();
        var samples = new Samples();

        await using var model = await LoadedModel.LoadAsync(files, new LoadOptions { Threads = 2, ContextLength = 64 }, new CpuBackend(), samples, TestContext.Current.CancellationToken);

        Assert.True(samples.Seen.Count > Layers, "the load told its progress layer by layer");
        var most = samples.Seen.Append(OwnByteCount()).Max() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{type}: {planned >> 20} MiB planned, {most >> 20} MiB at most");
        Assert.InRange(most, planned * (1 - Slack), planned * (1 + Slack));
    }

    /// <summary>What is stored makes way for what is packed of it, step by step.</summary>
    [Fact]
    public void Forward_StepsThatPackBF16_HoldOneCopy_AndInTheEndWhatWasPlanned()
    {
        var files = ModelFiles.Open(_folder.Path);
        var planned = ModelCost.Of(files).WeightByteCount;
        using var source = files.OpenWeights();
        var (before, most) = (OwnByteCountAtRest() + MappedByteCount(), 0L);
        using var shard = new CpuBackend().Load(files.Spec, LayerRange.All(files.Spec), files.LoadShard(source, LayerRange.All(files.Spec)), new ShardOptions { KvBlockCount = 4, Threads = 2 });
        for (var step = 0; step <= GradualPacking.Steps + 1; step++)
        {
            shard.Forward(new StepInput { TokenIds = new[] { 1 }, Slices = [new SequenceSlice { SequenceId = 1, StartPosition = step, TokenCount = 1, Blocks = new[] { 0 } }] });
            most = Math.Max(most, OwnByteCount() + MappedByteCount() - before);
        }

        var last = OwnByteCount() + MappedByteCount() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{source.ByteCount >> 20} MiB stored, {planned >> 20} MiB planned, {most >> 20} MiB at most, {last >> 20} MiB in the end");
        Assert.Equal(0, shard.PendingByteCount);
        Assert.InRange(most, source.ByteCount * (1 - Slack), source.ByteCount * 1.15);
        Assert.InRange(last, planned * (1 - Slack), planned * (1 + Slack));
    }

    /// <summary>Several times over: what stays behind of a load adds up, what the runtime takes by the way (code, stacks, the collector's budget) doesn't.</summary>
    [Fact]
    public async Task Load_CancelledHalfWay_LeavesNothingInMemory()
    {
        const int Loads = 4;
        var files = QuantizedModel.Of(ModelFiles.Open(_folder.Path), DType.Q8_0);
        await CancelHalfWayAsync(files);
        var before = OwnByteCountAtRest();
        var held = 0L;

        for (var i = 0; i < Loads; i++) held += await CancelHalfWayAsync(files);

        var left = OwnByteCount() - before; // Before anybody collects garbage.
        TestContext.Current.TestOutputHelper?.WriteLine($"{held >> 20} MiB held in {Loads} loads, {left >> 20} MiB left");
        Assert.InRange(left, long.MinValue, (long)(held * Slack));
    }

    /// <returns>The bytes that the load had in memory when it was cancelled.</returns>
    private static async Task<long> CancelHalfWayAsync(QuantizedModel files)
    {
        var before = OwnByteCount();
        using var stop = new CancellationTokenSource();
        var samples = new Samples { AtHalf = stop.Cancel };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LoadedModel.LoadAsync(files, new LoadOptions { Threads = 2, ContextLength = 64 }, new CpuBackend(), samples, stop.Token));

        var held = samples.Seen[^1] - before;
        var planned = ModelCost.Of(files).WeightByteCount;
        Assert.InRange(held, planned / 4, planned); // It was on its way.
        return held;
    }

    /// <summary>What earlier tests have left lying about would go during the load, and hide as much of it.</summary>
    private static long OwnByteCountAtRest()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return OwnByteCount();
    }

    private static long OwnByteCount() => ByteCount("RssAnon:");

    private static long MappedByteCount() => ByteCount("RssFile:");

    private static long ByteCount(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>The header tells all tensors, the weights are zeros that take no disk.</summary>
    private void WriteHoles(bool tiedHead)
    {
        var (header, end) = (new Dictionary<string, object>(), 0L);
        Add("model.embed_tokens.weight", VocabSize, HiddenSize);
        for (var layer = 0; layer < Layers; layer++)
        {
            var at = $"model.layers.{layer}.";
            foreach (var norm in (string[])["input_layernorm", "post_attention_layernorm"]) Add($"{at}{norm}.weight", HiddenSize);
            foreach (var part in (string[])["q", "k", "v", "o"]) Add($"{at}self_attn.{part}_proj.weight", HiddenSize, HiddenSize);
            foreach (var part in (string[])["gate", "up"]) Add($"{at}mlp.{part}_proj.weight", IntermediateSize, HiddenSize);
            Add(at + "mlp.down_proj.weight", HiddenSize, IntermediateSize);
        }

        Add("model.norm.weight", HiddenSize);
        if (!tiedHead) Add("lm_head.weight", VocabSize, HiddenSize);

        var json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(header));
        using var file = File.Create(_folder.File("model.safetensors"));
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        file.SetLength(file.Position + end);

        void Add(string name, params int[] shape)
        {
            var start = end;
            end += 2L * shape.Aggregate(1L, (product, size) => product * size);
            header.Add(name, new { dtype = "BF16", shape, data_offsets = new[] { start, end } });
        }
    }

    /// <summary>The process's own memory at each word of progress.</summary>
    private sealed class Samples : IProgress<double>
    {
        public List<long> Seen { get; } = [];

        public Action? AtHalf { get; init; }

        public void Report(double value)
        {
            Seen.Add(OwnByteCount());
            if (value >= 0.5) AtHalf?.Invoke();
        }
    }
}

/// <summary>Tests that measure the process run when no others do.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
