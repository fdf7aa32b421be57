using Exo.Engine;
using Exo.Engine.Models;
using Exo.Engine.Models.HuggingFace;
using Exo.Engine.Weights;
using Exo.Engine.Weights.Safetensors;
using Exo.Tests.Engine.Reference;
using Exo.Tests.Engine.Weights;

namespace Exo.Tests.Engine.Models;

/// <summary>Hugging Face names to our fields: the right tensors, only those, and what is said of missing ones.</summary>
public sealed class HfShardWeightsTests
{
    private static readonly (string Key, string Value)[] FewExperts = [("num_experts", "4"), ("num_experts_per_tok", "2"), ("moe_intermediate_size", "8"), ("mlp_only_layers", "[1]")];

    [Theory]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("qwen3_moe")]
    [InlineData("gemma2")]
    [InlineData("gemma3_text")]
    public void Load_AllLayers_UsesEveryTensorOfTheCheckpoint(string family)
    {
        using var folder = new TempFolder();
        TinyModel.Write(folder, TinyModel.Config(family, family == "qwen3_moe" ? FewExperts : []));
        var files = ModelFolder.Open(folder.Path);
        using var source = files.OpenWeights();

        var weights = files.LoadShard(source, LayerRange.All(files.Spec));

        Assert.Equal(source.Names.Order(StringComparer.Ordinal), weights.Tensors().Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        Assert.Equal(source.ByteCount, weights.Tensors().Sum(tensor => tensor.ByteCount));
    }

    [Fact]
    public void Load_Gemma_TellsPostNormsFromInputNorms()
    {
        using var source = Source(TinyModel.Config("gemma2"));

        var layer = HfShardWeights.Load(source, source.Spec, LayerRange.All(source.Spec)).Layers[0];

        Assert.Equal("model.layers.0.pre_feedforward_layernorm.weight", layer.FeedForwardNorm.Name);
        Assert.Equal("model.layers.0.post_attention_layernorm.weight", layer.PostAttentionNorm!.Name);
        Assert.Equal("model.layers.0.post_feedforward_layernorm.weight", layer.PostFeedForwardNorm!.Name);
    }

    [Fact]
    public void Load_Experts_AreInTheirOrder()
    {
        using var source = Source(TinyModel.Config("qwen3_moe", FewExperts));

        var weights = HfShardWeights.Load(source, source.Spec, LayerRange.All(source.Spec));

        Assert.Equal(4, weights.Layers[0].FeedForward.Count);
        Assert.Equal("model.layers.2.mlp.experts.3.down_proj.weight", weights.Layers[2].FeedForward[3].Down.Name);
        Assert.Equal([4, 16], weights.Layers[0].Router!.Shape);
        Assert.Equal("model.layers.1.mlp.down_proj.weight", Assert.Single(weights.Layers[1].FeedForward).Down.Name);
        Assert.Null(weights.Layers[1].Router);
    }

    [Theory]
    [InlineData(0, 1, true, false, false)]
    [InlineData(1, 2, false, false, false)]
    [InlineData(2, 3, false, true, true)]
    [InlineData(0, 3, true, true, true)]
    public void Load_Range_AsksForNothingBeyondIt(int start, int end, bool embedding, bool norm, bool head)
    {
        using var source = Source(TinyModel.Config("llama", ("tie_word_embeddings", "false")));

        var weights = HfShardWeights.Load(source, source.Spec, new LayerRange(start, end));

        Assert.Equal((embedding, norm, head, end - start), (weights.Embedding is not null, weights.FinalNorm is not null, weights.Head is not null, weights.Layers.Count));
        var mine = Enumerable.Range(start, end - start).Select(layer => $"layers.{layer}.").Append("embed").Append("norm.weight").Append("lm_head");
        Assert.All(source.Asked.Distinct(), name => Assert.Contains(mine, part => name.Contains(part, StringComparison.Ordinal)));
        if (!embedding) Assert.DoesNotContain("model.embed_tokens.weight", source.Asked);
        if (!head) Assert.DoesNotContain("lm_head.weight", source.Asked);
    }

    [Fact]
    public void Tensors_OfAShard_ComeInTheOrderAPassNeedsThem()
    {
        using var source = Source(TinyModel.Config("llama", ("tie_word_embeddings", "false")));

        var names = HfShardWeights.Load(source, source.Spec, LayerRange.All(source.Spec)).Tensors().Select(tensor => tensor.Name).ToList();

        Assert.Equal("model.embed_tokens.weight", names[0]);
        Assert.Equal(["model.norm.weight", "lm_head.weight"], names[^2..]);
        Assert.Equal(Enumerable.Range(0, 3).SelectMany(layer => Enumerable.Repeat(layer, 9)), names[1..^2].Select(name => int.Parse(name.Split('.')[2])));
        Assert.Equal(["input_layernorm", "q_proj", "k_proj", "v_proj", "o_proj", "post_attention_layernorm", "gate_proj", "up_proj", "down_proj"], names[1..10].Select(name => name.Split('.')[^2]));
    }

    [Fact]
    public void Load_TiedHead_IsTheEmbeddingThoughAHeadIsStored()
    {
        var config = TinyModel.Config("llama");
        using var source = Source(config, tensors => [.. tensors, WrittenTensor.Counting("lm_head.weight", "F32", [40, 16])]);

        var all = HfShardWeights.Load(source, source.Spec, LayerRange.All(source.Spec));
        Assert.Same(all.Embedding, all.Head);
        Assert.Equal("model.embed_tokens.weight", all.Head!.Name);
        var last = HfShardWeights.Load(source, source.Spec, new LayerRange(2, 3));
        Assert.Same(last.Embedding, last.Head);
        Assert.NotNull(last.Head);
    }

    [Fact]
    public void Load_TiedHeadStoredUnderTheHeadsNameAlone_IsFound()
    {
        using var source = Source(TinyModel.Config("llama"), tensors => [.. tensors.Select(tensor => tensor.Name == "model.embed_tokens.weight" ? tensor with { Name = "lm_head.weight" } : tensor)]);

        Assert.Equal("lm_head.weight", HfShardWeights.Load(source, source.Spec, LayerRange.All(source.Spec)).Embedding!.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("model.")]
    [InlineData("language_model.model.")]
    [InlineData("model.language_model.")]
    public void Load_NamesWithAnotherPrefix_AreFoundInEveryRange(string prefix)
    {
        using var source = Source(TinyModel.Config("llama"), prefix: prefix);

        Assert.Equal(prefix + "layers.1.input_layernorm.weight", HfShardWeights.Load(source, source.Spec, new LayerRange(1, 3)).Layers[0].AttentionNorm.Name);
        Assert.Equal(prefix + "embed_tokens.weight", HfShardWeights.Load(source, source.Spec, LayerRange.All(source.Spec)).Embedding!.Name);
    }

    [Fact]
    public void Load_AnyTensorMissing_IsNamed()
    {
        var config = TinyModel.Config("qwen3_moe", [("attention_bias", "true"), .. FewExperts]);
        foreach (var missing in TinyModel.Tensors(HfConfigs.Read(config)).Select(tensor => tensor.Name))
        {
            using var source = Source(config, tensors => [.. tensors.Where(tensor => tensor.Name != missing)]);

            var problem = Assert.Throws<InvalidModelException>(() => HfShardWeights.Load(source, source.Spec, LayerRange.All(source.Spec)));

            Assert.Equal(missing, problem.Part);
            Assert.EndsWith("model.safetensors", problem.File);
        }
    }

    [Fact]
    public void Load_AnyTensorOfAnotherShape_IsNamedWithBothShapes()
    {
        var config = TinyModel.Config("gemma3_text", ("attention_bias", "true"));
        foreach (var tensor in TinyModel.Tensors(HfConfigs.Read(config)))
        {
            int[] wrong = [.. tensor.Shape.Reverse().Append(1)];
            using var source = Source(config, tensors => [.. tensors.Select(other => other.Name == tensor.Name ? other with { Shape = wrong } : other)]);

            var problem = Assert.Throws<InvalidModelException>(() => HfShardWeights.Load(source, source.Spec, LayerRange.All(source.Spec)));

            Assert.Equal(tensor.Name, problem.Part);
            Assert.Contains($"[{string.Join(", ", wrong)}]", problem.Message);
            Assert.Contains($"[{string.Join(", ", tensor.Shape)}]", problem.Message);
        }
    }

    [Fact]
    public void Load_TypeTheEngineDoesNotRun_IsNamed()
    {
        using var source = Source(TinyModel.Config("llama"), tensors => [.. tensors.Select(tensor =>
            tensor.Name == "model.layers.1.mlp.up_proj.weight" ? tensor with { Type = "F8_E4M3", Bytes = new byte[tensor.Bytes.Length / 4] } : tensor)]);

        var problem = Assert.Throws<InvalidModelException>(() => HfShardWeights.Load(source, source.Spec, LayerRange.All(source.Spec)));

        Assert.Equal("model.layers.1.mlp.up_proj.weight", problem.Part);
        Assert.Contains("F8_E4M3", problem.Message);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(2, 1)]
    [InlineData(0, 4)]
    public void Load_RangeThatIsNotTheSpecs_IsRefused(int start, int end)
    {
        using var source = Source(TinyModel.Config("llama"));

        Assert.Throws<ArgumentOutOfRangeException>(() => HfShardWeights.Load(source, source.Spec, new LayerRange(start, end)));
    }

    [Theory]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Load_ShardedInManyFiles_ComputesTheSameAsOneFile(string type)
    {
        using var one = new TempFolder();
        using var many = new TempFolder();
        var config = TinyModel.Config("llama");
        TinyModel.Write(one, config, type);
        TinyModel.Write(many, config, type, files: 5);

        Assert.Equal(Logits(one), Logits(many));
    }

    private static double[] Logits(TempFolder folder)
    {
        var files = ModelFolder.Open(folder.Path);
        using var weights = files.OpenWeights();
        return new ReferenceDecoder(files.Spec, files.LoadShard(weights, LayerRange.All(files.Spec))).Run([1, 2, 3]).Logits[^1];
    }

    private static AskedSource Source(string config, Func<IReadOnlyList<WrittenTensor>, IReadOnlyList<WrittenTensor>>? change = null, string prefix = "model.")
    {
        var folder = new TempFolder();
        var spec = HfConfigs.Read(config);
        var tensors = TinyModel.Tensors(spec, prefix: prefix);
        TinyModel.WriteTensors(folder, change?.Invoke(tensors) ?? tensors);
        return new AskedSource(folder, spec);
    }

    /// <summary>A source that remembers what was asked of it.</summary>
    private sealed class AskedSource(TempFolder folder, DecoderSpec spec) : IWeightSource
    {
        private readonly SafetensorsSource _source = SafetensorsSource.Open(folder.Path);

        public DecoderSpec Spec => spec;

        public List<string> Asked { get; } = [];

        public IReadOnlyCollection<string> Names => _source.Names;

        public long ByteCount => _source.ByteCount;

        public Tensor? Find(string name)
        {
            Asked.Add(name);
            return _source.Find(name);
        }

        public string FileOf(string name) => _source.FileOf(name);

        public void Dispose()
        {
            _source.Dispose();
            folder.Dispose();
        }
    }
}
