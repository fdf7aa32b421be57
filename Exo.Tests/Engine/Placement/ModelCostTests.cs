using Exo.Engine.Backends;
using Exo.Engine.Cpu;
using Exo.Engine.Cpu.Kernels.Packed;
using Exo.Engine.Cpu.Matrices;
using Exo.Engine.Cpu.Threading;
using Exo.Engine.Models;
using Exo.Engine.Placement;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;
using Exo.Tests.Engine.Models;
using Exo.Tests.Engine.Models.Gguf;

namespace Exo.Tests.Engine.Placement;

/// <summary>A model's cost as its headers tell it.</summary>
public sealed class ModelCostTests
{
    /// <summary>Read by mixtures alone.</summary>
    private static readonly (string, string)[] FewExperts = [("num_experts", "4"), ("num_experts_per_tok", "2"), ("moe_intermediate_size", "8")];

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3")]
    [InlineData("gemma3_text")]
    [InlineData("qwen3_moe")]
    public void Of_ModelFolder_CountsEveryTensorOnce(string family)
    {
        using var folder = new TempFolder();
        TinyModel.Write(folder, TinyModel.Config(family, FewExperts), "F16");
        var files = ModelFiles.Open(folder.Path);

        var cost = ModelCost.Of(files);

        var description = files.Describe();
        Assert.Equal(description.ByteCount, cost.WeightByteCount);
        Assert.Equal(description.Layers.Select(layer => layer.ByteCount), cost.Layers.Select(layer => layer.WeightByteCount));
        Assert.Equal(description.EmbeddingByteCount, cost.EmbeddingByteCount);
        Assert.Equal(files.Spec.TiedHead, cost.TiedHead);
        Assert.Equal(4L * files.Spec.HiddenSize, cost.HiddenByteCount);
        Assert.Equal(description.KvElementsPerToken * 4, cost.Layers.Sum(layer => layer.KvByteCountPerPosition)); // small caches stay in F32
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gemma3_text")]
    [InlineData("qwen3_moe")]
    public void Of_Bf16Folder_CountsWhatIsLoaded_AndTheDisksBytesAsStored(string family)
    {
        using var folder = new TempFolder();
        var config = TinyModel.Config(family, [("hidden_size", "256"), ("intermediate_size", "512"), ("vocab_size", "301"), ("num_experts", "4"), ("num_experts_per_tok", "2"), ("moe_intermediate_size", "96")]);
        TinyModel.Write(folder, config, "BF16");
        var files = ModelFiles.Open(folder.Path);

        var cost = ModelCost.Of(files);

        AssertIsWhatIsLoaded(files, files, cost);
        Assert.InRange(cost.LayerBytesOf(LayerRange.All(files.Spec)) / (double)files.Describe().Layers.Sum(layer => layer.ByteCount), 0.75, 0.85); // In small matrices a quad's head shows.
    }

    [Theory]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_K)]
    public void Of_AModelThatIsQuantizedWhileItLoads_CountsItAsItIsThen_AndReadsNoWeight(DType type)
    {
        var files = ModelFiles.Open(Path.Combine(AppContext.BaseDirectory, "models", "stories"));
        var quantized = QuantizedModel.Of(files, type);

        AssertIsWhatIsLoaded(quantized, files, ModelCost.Of(quantized));
    }

    /// <summary>One source of truth: the plan has the bytes of the matrices that the CPU makes, and the disk's bytes are the stored ones.</summary>
    private static void AssertIsWhatIsLoaded(ModelFiles files, ModelFiles stored, ModelCost cost)
    {
        using var weights = files.OpenWeights();
        var all = LayerRange.All(files.Spec);
        var range = files.LoadShard(weights, all);
        using var threads = new ComputeThreads(1, "test");
        using var loader = new MatrixLoader(threads, InstructionSets.Best, files.Spec.HasExperts);
        Assert.Equal(range.Layers.Select(layer => layer.Tensors().Sum(Loaded)), cost.Layers.Select(layer => layer.WeightByteCount));
        Assert.Equal(Loaded(range.Head!) + range.FinalNorm!.ByteCount, cost.HeadByteCount);
        Assert.Equal(range.Embedding!.ByteCount, cost.EmbeddingByteCount); // looked up where it is stored
        Assert.Equal(range.Layers.Sum(layer => layer.Tensors().Sum(Loaded)) + cost.HeadByteCount + (files.Spec.TiedHead ? 0 : cost.EmbeddingByteCount), cost.WeightByteCount);
        Assert.Equal(cost.WeightByteCount, new CpuBackend().LoadedByteCount(range));
        var description = stored.Describe();
        Assert.Equal(description.Layers.Select(layer => (long?)layer.ByteCount), cost.Layers.Select(layer => layer.DiskByteCount));
        Assert.Equal(description.EmbeddingByteCount, cost.EmbeddingDiskByteCount);
        Assert.Equal(description.ByteCount, cost.DiskByteCount);

        long Loaded(Tensor tensor)
        {
            if (tensor.Shape.Count < 2) return tensor.ByteCount;
            using var matrix = loader.Load(tensor);
            loader.Later.Finish();
            return matrix.ByteCount;
        }
    }

    [Fact]
    public void Of_GgufFile_CountsAsTheFolderDoes()
    {
        using var folder = new TempFolder();
        var path = folder.Write("tiny.gguf", TinyGguf.Whole().ToArray());

        var cost = ModelCost.Of(ModelFiles.Open(path));

        Assert.Equal(ModelFiles.Open(path).Describe().ByteCount, cost.WeightByteCount);
        Assert.Equal(2 * 4 * TinyGguf.HeadSize, cost.Layers[0].KvByteCountPerPosition);
        Assert.Equal(2.0 * (2 * 8 * 8 + 2 * 4 * 8 + 3 * 32 * 8), cost.Layers[0].OperationsPerToken);
    }

    /// <summary>What a node fetches to plan with: headers, and holes where the weights would be.</summary>
    [Fact]
    public void Of_FilesWithHolesForWeights_IsTheSame()
    {
        using var whole = new TempFolder();
        using var sparse = new TempFolder();
        TinyModel.Write(whole, TinyModel.Config("qwen3_moe", FewExperts), "F16", files: 3);
        foreach (var file in Directory.GetFiles(whole.Path))
        {
            var bytes = File.ReadAllBytes(file);
            var kept = file.EndsWith(".safetensors", StringComparison.Ordinal) ? (int)BitConverter.ToInt64(bytes) + 8 : bytes.Length;
            using var stream = File.Create(Path.Combine(sparse.Path, Path.GetFileName(file)));
            stream.Write(bytes.AsSpan(0, kept));
            stream.SetLength(bytes.Length);
        }

        var (expected, found) = (ModelCost.Of(ModelFiles.Open(whole.Path)), ModelCost.Of(ModelFiles.Open(sparse.Path)));

        Assert.Equal(expected.Layers, found.Layers);
        Assert.Equal(expected with { Layers = [], Model = "" }, found with { Layers = [], Model = "" });
    }

    [Fact]
    public void Of_HalfPrecisionCache_HalvesIt()
    {
        using var folder = new TempFolder();
        TinyModel.Write(folder, TinyModel.Config("llama"), "BF16");
        var files = ModelFiles.Open(folder.Path);

        Assert.Equal(ModelCost.Of(files, KvType.F32).Layers[0].KvByteCountPerPosition, 2 * ModelCost.Of(files, KvType.F16).Layers[0].KvByteCountPerPosition);
    }

    [Fact]
    public void ReadByteCount_OfAMixture_GrowsFromTheActiveExpertsToAll()
    {
        var layer = Toys.Model(1).Layers[0] with { WeightByteCount = 900, ExpertByteCount = 800, ExpertCount = 8, ActiveExpertCount = 2 };

        Assert.Equal(100 + 200, layer.ReadByteCount(1), 1e-9);
        Assert.Equal(100 + 800 * (1 - 0.75 * 0.75), layer.ReadByteCount(2), 1e-9);
        Assert.Equal(900, layer.ReadByteCount(512), 1e-3);
    }

    [Fact]
    public void KvReadByteCount_OfASlidingWindow_StopsGrowing_AndMemoryDoesNot()
    {
        var layer = Toys.Model(1).Layers[0] with { SlidingWindow = 512 };

        Assert.Equal(100 * 1000, layer.KvReadByteCount(100));
        Assert.Equal(512 * 1000, layer.KvReadByteCount(8192));
        Assert.Equal(8192 * 1000, layer.KvByteCount(8192));
        Assert.Equal(32 * 1000, layer.KvByteCount(1));
    }

    [Fact]
    public void KvByteCount_OfVectorModels_IsWhatAShardTakes()
    {
        foreach (var folder in Directory.GetDirectories(Vectors.Path("models")))
        {
            var files = ModelFiles.Open(Path.Combine(folder, "hf"));
            using var weights = files.OpenWeights();
            var all = LayerRange.All(files.Spec);
            using var shard = new CpuBackend().Load(files.Spec, all, files.LoadShard(weights, all), new ShardOptions { KvBlockCount = 4, Threads = 1 });

            Assert.Equal(shard.KvBlockByteCount * 4, ModelCost.Of(files).Layers.Sum(layer => layer.KvByteCount(4 * KvBlock.TokenCount)));
        }
    }
}
