using Exo.Engine;
using Exo.Engine.Models;
using Exo.Tests.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Models.Gguf;

/// <summary>What a GGUF file's keys mean, and how wrong ones are refused.</summary>
public sealed class GgufFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_WholeModel_KnowsWhatItIs()
    {
        var files = ModelFiles.Open(_folder.Write("m.gguf", TinyGguf.Whole().ToArray()));

        Assert.Equal(("gguf", "llama", 6, 8, 64), (files.Format, files.Spec.Architecture, files.Spec.VocabSize, files.Spec.HiddenSize, files.Spec.ContextLength));
        var attention = Assert.Single(files.Spec.Layers).Attention;
        Assert.Equal((2, 1, 4, 0.5f, true, null), (attention.Heads, attention.KvHeads, attention.HeadSize, attention.Scale, attention.Rope.Interleaved, attention.SlidingWindow));
        Assert.Equal([1f, 0.01f], attention.Rope.Frequencies);
        Assert.Equal((1e-5f, false, false, 1f), (files.Spec.NormEpsilon, files.Spec.NormAddsOne, files.Spec.TiedHead, files.Spec.EmbeddingScale));
        Assert.Equal(("{{ bos_token }}", "<s>", "</s>", 3), (files.ChatTemplateSource, files.SpecialTokens.Bos, files.SpecialTokens.Eos, files.Generation.BosTokenId));
        Assert.Equal([4, 5], files.Generation.EosTokenIds);
        Assert.Equal([2, 4], files.Tokenizer.Encode("ab</s>", addSpecialTokens: false));
        var description = files.Describe();
        Assert.Equal(("gguf", 6L * 8 * 4, 6L * 8 * 4), (description.Format, description.EmbeddingByteCount, description.HeadByteCount));
    }

    [Fact]
    public void Open_EndOfATurnThatTheFileCallsUserDefined_EndsAnswers()
    {
        const int UserDefined = 4;
        var bytes = TinyGguf.Keys().WithVocabulary(endOfTurnType: UserDefined).WithEmbedding().WithLayers(0, 1).WithHead();

        Assert.Equal([4, 5], ModelFiles.Open(_folder.Write("m.gguf", bytes.ToArray())).Generation.EosTokenIds);
    }

    [Fact]
    public void Open_SentencePieceWithoutIds_EndsAndBeginsAsLlamaCppsDo()
    {
        var bytes = TinyGguf.Keys().Text("tokenizer.ggml.model", "llama").Texts("tokenizer.ggml.tokens", "<unk>", "<s>", "</s>", "a", "b", "ab")
            .Integers("tokenizer.ggml.token_type", 2, 3, 3, 1, 1, 1).WithEmbedding().WithLayers(0, 1).WithHead();
        var files = ModelFiles.Open(_folder.Write("m.gguf", bytes.ToArray()));

        Assert.Equal([2], files.Generation.EosTokenIds);
        Assert.Equal((1, "<s>", "</s>", "<unk>"), (files.Generation.BosTokenId, files.SpecialTokens.Bos, files.SpecialTokens.Eos, files.SpecialTokens.Unknown));
    }

    [Fact]
    public void Open_WithoutHead_TiesItToTheEmbedding()
    {
        var files = ModelFiles.Open(_folder.Write("m.gguf", TinyGguf.Keys().WithEmbedding().WithLayers(0, 1).WithHead(tied: true).ToArray()));
        using var weights = files.OpenWeights();

        var shard = files.LoadShard(weights, LayerRange.All(files.Spec));

        Assert.True(files.Spec.TiedHead);
        Assert.Same(shard.Embedding, shard.Head);
        Assert.False(files.HasTokenizer);
        Assert.Empty(files.Generation.EosTokenIds);
        Assert.Throws<InvalidModelException>(() => files.Tokenizer);
    }

    [Fact]
    public void Open_AnyPartOfASplitModel_OpensAll()
    {
        var parts = WriteSplit();

        foreach (var path in parts.Append(_folder.Path))
        {
            var files = ModelFiles.Open(path);
            using var weights = files.OpenWeights();
            Assert.Equal(2, files.LoadShard(weights, LayerRange.All(files.Spec)).Layers.Count);
            Assert.Equal(parts[1], weights.FileOf("blk.1.attn_q.weight"));
            Assert.Equal(21, weights.Names.Count);
        }
    }

    [Fact]
    public void Open_SplitModelThatIsNotWhole_NamesWhatIsWrong()
    {
        var parts = WriteSplit();
        File.Move(parts[2], _folder.File("lone.gguf"));
        Assert.Contains("the file is missing; m-00001-of-00003.gguf is a part", Refusal(parts[0]));
        Assert.Contains("m-00003-of-00003.gguf", Refusal(parts[0]));
        Assert.Contains("parts must keep their names", Refusal(_folder.File("lone.gguf")));
        File.Copy(parts[0], parts[2]);
        Assert.Contains("split.no: is 0", Refusal(parts[1]));
    }

    [Fact]
    public void Open_FolderWithSeveralModels_AsksForOne()
    {
        _folder.Write("a.gguf", TinyGguf.Whole().ToArray());
        Assert.Equal(_folder.File("a.gguf"), ModelFiles.Open(_folder.Path).Path);
        _folder.Write("b.gguf", TinyGguf.Whole().ToArray());
        Assert.Contains("holds 2 GGUF models; name one of them: a.gguf, b.gguf", Refusal(_folder.Path));
    }

    [Fact]
    public void Open_Gemma3_AlternatesWindowsAndRotations()
    {
        var bytes = TinyGguf.Keys("gemma3", layers: 7).UInt32("gemma3.attention.sliding_window", 16).Float("gemma3.rope.freq_base", 1e6f)
            .Text("gemma3.rope.scaling.type", "linear").Float("gemma3.rope.scaling.factor", 8).WithEmbedding();
        var spec = ModelFiles.Open(_folder.Write("m.gguf", bytes.ToArray())).Spec;

        Assert.Equal([16, 16, 16, 16, 16, null, 16], spec.Layers.Select(layer => layer.Attention.SlidingWindow));
        Assert.Equal([1f, 0.01f], spec.Layers[0].Attention.Rope.Frequencies);
        Assert.Equal([0.125f, 0.001f / 8], spec.Layers[5].Attention.Rope.Frequencies);
        Assert.Equal(("gemma3_text", MathF.Sqrt(8), true, false), (spec.Architecture, spec.EmbeddingScale, spec.TiedHead, spec.NormAddsOne));
        Assert.All(spec.Layers, layer => Assert.True(layer.PostNorms && layer.Attention.QueryKeyNorm && !layer.Attention.Rope.Interleaved && layer.FeedForward.Activation == Activation.GeluTanh));
    }

    [Fact]
    public void Open_Gemma2_HasSoftCapsAndItsWindowEvenIfUnsaid()
    {
        var spec = ModelFiles.Open(_folder.Write("m.gguf", TinyGguf.Keys("gemma2", layers: 4).WithEmbedding().ToArray())).Spec;

        Assert.Equal([4096, null, 4096, null], spec.Layers.Select(layer => layer.Attention.SlidingWindow));
        Assert.Equal((50f, 30f), (spec.Layers[0].Attention.ScoreSoftCap, spec.LogitSoftCap));
    }

    [Fact]
    public void Open_RopeFactors_DivideTheFrequencies()
    {
        var bytes = TinyGguf.Keys().WithEmbedding().Tensor("rope_freqs.weight", [2], 0, [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(8f)]);
        Assert.Equal([1f, 0.00125f], ModelFiles.Open(_folder.Write("m.gguf", bytes.ToArray())).Spec.Layers[0].Attention.Rope.Frequencies);

        var bad = TinyGguf.Keys().WithEmbedding().Tensor("rope_freqs.weight", [2], 0, new byte[8]);
        Assert.Contains("rope_freqs.weight: holds 0, no divisor", Refusal(_folder.Write("bad.gguf", bad.ToArray())));
    }

    [Fact]
    public void Open_Yarn_ScalesAsTheHuggingFaceFolderDoes()
    {
        var bytes = TinyGguf.Keys("qwen2").WithEmbedding().Text("qwen2.rope.scaling.type", "yarn").Float("qwen2.rope.scaling.factor", 4).UInt32("qwen2.rope.scaling.original_context_length", 64);
        var spec = ModelFiles.Open(_folder.Write("m.gguf", bytes.ToArray())).Spec;

        Assert.Equal(256, spec.ContextLength);
        Assert.Equal(1 + 0.1 * Math.Log(4), spec.Layers[0].Attention.Rope.Magnitude, 1e-6);
    }

    [Theory]
    [InlineData("is missing: the file holds no model", "")]
    [InlineData("\"mamba\" is not supported. Supported: llama", "mamba")]
    public void Open_OtherArchitecture_SaysWhatIsSupported(string problem, string architecture)
    {
        var bytes = architecture.Length == 0 ? new GgufBytes().WithEmbedding() : TinyGguf.Keys(architecture).WithEmbedding();
        Assert.Contains(problem, Refusal(_folder.Write("m.gguf", bytes.ToArray())));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Open_RequiredKeyMissing_NamesIt(int skipped)
    {
        var bytes = TinyGguf.Numbers(new GgufBytes(), "llama", layers: 1, skipped).WithEmbedding();
        var refusal = Assert.Throws<InvalidModelException>(() => ModelFiles.Open(_folder.Write("m.gguf", bytes.ToArray())));
        Assert.StartsWith("llama.", refusal.Part);
        Assert.Contains("is missing", refusal.Message);
    }

    [Theory]
    [InlineData("attention.key_length", 0u, "not between")]
    [InlineData("attention.key_length", 5u, "even head size")]
    [InlineData("attention.value_length", 8u, "another size")]
    [InlineData("rope.dimension_count", 3u, "even number")]
    [InlineData("rope.dimension_count", 8u, "not between")]
    [InlineData("attention.sliding_window", uint.MaxValue, "not between")]
    public void Open_BadNumber_NamesTheKey(string key, uint value, string problem)
    {
        var refusal = Assert.Throws<InvalidModelException>(() => ModelFiles.Open(_folder.Write("m.gguf", TinyGguf.Keys().UInt32("llama." + key, value).WithEmbedding().ToArray())));
        Assert.Equal("llama." + key, refusal.Part);
        Assert.Contains(problem, refusal.Message);
    }

    [Fact]
    public void LoadShard_BadTensors_NamesThem()
    {
        Assert.Contains("blk.0.attn_norm.weight: is missing", LoadRefusal(TinyGguf.Keys().WithEmbedding().WithHead()));
        Assert.Contains("output_norm.weight: is missing", LoadRefusal(TinyGguf.Keys().WithEmbedding().WithLayers(0, 1)));
        Assert.Contains("output.weight: has shape [6, 9], the file's keys want [6, 8]", LoadRefusal(TinyGguf.Keys().WithEmbedding().WithLayers(0, 1).WithHead(tied: true).Floats("output.weight", 6, 9)));
        Assert.Contains("output.weight: is stored as IQ2_XXS, which is not supported",
            LoadRefusal(TinyGguf.Keys().WithEmbedding().WithLayers(0, 1).WithHead(tied: true).Tensor("output.weight", [6, 256], 16, new byte[6 * 66])));
    }

    private string Refusal(string path)
    {
        var refusal = Assert.Throws<InvalidModelException>(() => ModelFiles.Open(path));
        return refusal.Message;
    }

    private string LoadRefusal(GgufBytes bytes)
    {
        var files = ModelFiles.Open(_folder.Write("m.gguf", bytes.ToArray()));
        using var weights = files.OpenWeights();
        return Assert.Throws<InvalidModelException>(() => files.LoadShard(weights, LayerRange.All(files.Spec))).Message;
    }

    private string[] WriteSplit()
    {
        GgufBytes Split(GgufBytes bytes, ushort number) => bytes.UInt16("split.no", number).UInt16("split.count", 3).UInt32("split.tensors.count", 21);
        return
        [
            _folder.Write("m-00001-of-00003.gguf", Split(TinyGguf.Keys(layers: 2).WithVocabulary(), 0).WithEmbedding().WithLayers(0, 1).ToArray()),
            _folder.Write("m-00002-of-00003.gguf", Split(new GgufBytes(), 1).WithLayers(1, 1).ToArray()),
            _folder.Write("m-00003-of-00003.gguf", Split(new GgufBytes(), 2).WithHead().ToArray()),
        ];
    }
}
