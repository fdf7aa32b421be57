using System.Text.Json;
using Exo.Engine;
using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Models.Gguf;
using Exo.Tests.Engine.Reference;
using Exo.Tests.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Quantization;

/// <summary>Folders written as GGUF files, read back, and held to what they were.</summary>
public sealed class ModelQuantizerTests : IDisposable
{
    /// <summary>Float32 against float32 over rows in another order: log-probabilities agree this closely.</summary>
    private const double Tolerance = 1e-4;

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Models => ExpectedModel.Names;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void Write_FolderAsFloats_AnswersAsTheFolderDoes(string model)
    {
        var folder = ModelFiles.Open(Vectors.Path("models", model, "hf"));
        var written = Write(folder, DType.F32);
        var tokens = ExpectedModel.Load(model, "f32").Tokens;

        Assert.InRange(Distance(Run(folder, tokens), Run(written, tokens)), 0, Tolerance);
        Assert.Equal(folder.ChatTemplateSource, written.ChatTemplateSource);
        Assert.Equal(folder.Generation.EosTokenIds, written.Generation.EosTokenIds);
        Assert.Equal((folder.Generation.Temperature, folder.Generation.TopK, folder.Generation.TopP), (written.Generation.Temperature, written.Generation.TopK, written.Generation.TopP));
        Assert.Equal(folder.SpecialTokens.Eos, written.SpecialTokens.Eos);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Write_Folder_KeepsTheVocabulary(string model)
    {
        var written = Write(ModelFiles.Open(Vectors.Path("models", model, "hf")), DType.Q8_0).Tokenizer;
        var reference = ModelFiles.Open(Vectors.Path("models", model, "model-f32.gguf")).Tokenizer;
        using var document = JsonDocument.Parse(File.ReadAllBytes(Vectors.Path("models", model, "expected-tokens.json")));
        foreach (var item in document.RootElement.EnumerateArray())
        {
            var text = item.GetProperty("text").GetString()!;
            Assert.Equal(reference.Encode(text), written.Encode(text));
        }
    }

    [Theory]
    [InlineData("llama-gqa")]
    [InlineData("qwen3moe")]
    [InlineData("gemma3")]
    public void Write_FolderAsQ8_0_IsTheQuantizedFileOfTheVectors(string model)
    {
        var written = Write(ModelFiles.Open(Vectors.Path("models", model, "hf")), DType.Q8_0);
        var reference = ModelFiles.Open(Vectors.Path("models", model, "model-q8_0.gguf"));
        using var ours = written.OpenWeights();
        using var theirs = reference.OpenWeights();

        Assert.Equal(theirs.Names.Order(StringComparer.Ordinal), ours.Names.Order(StringComparer.Ordinal));
        // Llama 3's divisors went through the spec's frequencies, which are floats: the last bit may differ, as it may for every reader.
        Assert.All(theirs.Names.Where(name => name != "rope_freqs.weight"), name => Assert.True(Same(theirs.Find(name)!, ours.Find(name)!), name));
    }

    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    [InlineData(DType.Q4_0)]
    [InlineData(DType.Q4_K)]
    [InlineData(DType.Q6_K)]
    public void Write_FileAsAnotherFormat_StaysCloseToIt(DType type)
    {
        var file = ModelFiles.Open(Vectors.Path("models", "llama3-rope", "model-f32.gguf"));
        var written = Write(file, type);
        int[] tokens = [.. ExpectedModel.Load("llama3-rope", "f32").Tokens.Take(8)];

        // F16 and BF16 hold these weights exactly. Of the others, what was measured, rounded up.
        var distance = Run(file, tokens).Zip(Run(written, tokens), (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average()).Average();
        TestContext.Current.TestOutputHelper?.WriteLine($"{type}: mean difference {distance:g3}");
        Assert.InRange(distance, 0, type is DType.F16 or DType.BF16 ? Tolerance : type == DType.Q4_0 ? 1.5 : 0.15);
        Assert.Equal(file.Tokenizer.Encode("Hello, world!"), written.Tokenizer.Encode("Hello, world!"));
        // Rows of 64 don't fill blocks of 256, so the K formats, and the head of a 4-bit file, fall back to Q8_0.
        var types = type switch { DType.Q4_0 => "F32 Q4_0 Q8_0", DType.Q4_K or DType.Q6_K => "F32 Q8_0", _ => string.Join(' ', new[] { "F32", type.ToString() }.Order(StringComparer.Ordinal)) };
        Assert.Equal(types, string.Join(' ', written.Describe().DTypes.Keys.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Write_ToTheModelItself_Refuses()
    {
        var path = _folder.Write("m.gguf", TinyGguf.Whole().ToArray());
        Assert.Throws<ArgumentException>(() => ModelQuantizer.Write(ModelFiles.Open(path), DType.F16, path));
        Assert.Throws<ArgumentException>(() => ModelQuantizer.Write(ModelFiles.Open(path), DType.IQ4_XS, _folder.File("o.gguf")));
    }

    [Fact]
    public void Write_WeightThatIsNoNumber_NamesItAndLeavesTheTargetAsItWas()
    {
        var bytes = TinyGguf.Keys().WithEmbedding().WithLayers(0, 1).Tensor("output_norm.weight", [8], 0, [.. Enumerable.Repeat(float.NaN, 8).SelectMany(BitConverter.GetBytes)])
            .Tensor("output.weight", [6, 8], 0, [.. Enumerable.Repeat(float.PositiveInfinity, 48).SelectMany(BitConverter.GetBytes)]);
        var source = _folder.Write("m.gguf", bytes.ToArray());
        var target = _folder.Write("o.gguf", "as it was");

        Assert.Contains("output.weight: holds", Assert.Throws<InvalidModelException>(() => ModelQuantizer.Write(ModelFiles.Open(source), DType.F16, target)).Message);

        Assert.Equal("as it was", File.ReadAllText(target));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void Write_Cancelled_LeavesNothing()
    {
        var source = _folder.Write("m.gguf", TinyGguf.Whole().ToArray());
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => ModelQuantizer.Write(ModelFiles.Open(source), DType.F16, _folder.File("o.gguf"), cancellationToken: stop.Token));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_WhatGgufCannotExpress_NamesIt()
    {
        // llama.cpp's Qwen2 knows no sliding windows.
        foreach (var file in Directory.GetFiles(Vectors.Path("models", "qwen2", "hf"))) File.Copy(file, _folder.File(Path.GetFileName(file)));
        var config = File.ReadAllText(_folder.File("config.json")).Replace("\"use_sliding_window\": false", "\"use_sliding_window\": true").Replace("\"max_window_layers\": 4", "\"max_window_layers\": 2");
        File.WriteAllText(_folder.File("config.json"), config);

        var refusal = Assert.Throws<InvalidModelException>(() => ModelQuantizer.Write(ModelFiles.Open(_folder.Path), DType.F16, _folder.File("o.gguf")));
        Assert.Contains("cannot express its sliding window in layer 2", refusal.Message);
        Assert.False(File.Exists(_folder.File("o.gguf")));
    }

    [Theory]
    [InlineData("llama-gqa", DType.Q8_0)]
    [InlineData("qwen3moe", DType.Q8_0)]
    [InlineData("gemma2", DType.Q4_0)]
    public void OpenWeights_QuantizedOnLoad_HoldsWhatAWrittenFileHolds(string model, DType type)
    {
        var folder = ModelFiles.Open(Vectors.Path("models", model, "hf"));
        var loaded = QuantizedModel.Of(folder, type);
        using var weights = loaded.OpenWeights();
        var all = LayerRange.All(loaded.Spec);
        var shard = loaded.LoadShard(weights, all);
        var written = Write(folder, type);
        using var source = written.OpenWeights();
        var stored = written.LoadShard(source, all);

        Assert.Equal(type, shard.Layers[0].Query.Type);
        Assert.Equal(shard.Layers.SelectMany(layer => layer.FeedForward).Select(block => block.Up.Type), stored.Layers.SelectMany(layer => layer.FeedForward).Select(block => block.Up.Type));
        Assert.All(shard.Layers.Zip(stored.Layers), pair => Assert.True(Same(pair.First.Value, pair.Second.Value) && Same(pair.First.FeedForward[^1].Down, pair.Second.FeedForward[^1].Down)));
        Assert.True(shard.Layers.All(layer => layer.Router is null or { Type: not DType.Q8_0 }));
        Assert.Throws<ArgumentException>(() => QuantizedModel.Of(folder, DType.F16));
    }

    private ModelFiles Write(ModelFiles files, DType type)
    {
        var path = _folder.File($"{type}.gguf");
        var shares = new List<double>();
        ModelQuantizer.Write(files, type, path, progress: new Shares(shares));
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1.0, shares[^1], 1e-9);
        return ModelFiles.Open(path);
    }

    private static bool Same(Tensor one, Tensor other) => one.Type == other.Type && one.Shape.SequenceEqual(other.Shape) && Bytes(one).AsSpan().SequenceEqual(Bytes(other));

    private static byte[] Bytes(Tensor tensor)
    {
        var bytes = new byte[tensor.ByteCount];
        tensor.CopyRows(0, tensor.Rows, bytes);
        return bytes;
    }

    private static double Distance(double[][] one, double[][] other) => one.Zip(other, (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max()).Max();

    private static double[][] Run(ModelFiles files, int[] tokens)
    {
        using var weights = files.OpenWeights();
        var all = LayerRange.All(files.Spec);
        using var shard = new CpuBackend().Load(files.Spec, all, files.LoadShard(weights, all), new ShardOptions { KvBlockCount = 8, KvType = KvType.F32, Threads = 1 });
        int[] blocks = [.. Enumerable.Range(0, KvBlock.CountFor(tokens.Length))];
        var slice = new SequenceSlice { SequenceId = 1, StartPosition = 0, TokenCount = tokens.Length, Blocks = blocks, PromptTopLogprobs = files.Spec.VocabSize };
        return [.. shard.Forward(new StepInput { TokenIds = tokens, Slices = [slice] }).Slices[0].PromptLogprobs.Select(row => row.OrderBy(token => token.TokenId).Select(token => (double)token.Logprob).ToArray())];
    }

    private sealed class Shares(List<double> shares) : IProgress<double>
    {
        public void Report(double value) => shares.Add(value);
    }
}
