using Exo.Engine;
using Exo.Engine.Models;

namespace Exo.Tests.Engine.Models;

/// <summary>What config.json's keys mean, family by family: as transformers has it.</summary>
public sealed class HfConfigTests
{
    [Fact]
    public void Read_Llama_DeclaresItsShapes()
    {
        var spec = HfConfigs.Read(HfConfigs.Llama);

        Assert.Equal(("llama", 2048, 128256, 131072, 16), (spec.Architecture, spec.HiddenSize, spec.VocabSize, spec.ContextLength, spec.Layers.Count));
        Assert.Equal((1e-5f, false, 1f, true, null), (spec.NormEpsilon, spec.NormAddsOne, spec.EmbeddingScale, spec.TiedHead, spec.LogitSoftCap));
        Assert.All(spec.Layers, layer =>
        {
            Assert.False(layer.PostNorms);
            Assert.Equal((32, 8, 64, 0.125f), (layer.Attention.Heads, layer.Attention.KvHeads, layer.Attention.HeadSize, layer.Attention.Scale));
            Assert.Equal((null, null, false, false, false), (layer.Attention.SlidingWindow, layer.Attention.ScoreSoftCap, layer.Attention.QueryKeyNorm, layer.Attention.QueryKeyValueBias, layer.Attention.OutputBias));
            Assert.Equal((8192, Activation.Silu, false, null), (layer.FeedForward.IntermediateSize, layer.FeedForward.Activation, layer.FeedForward.Bias, layer.FeedForward.Experts));
            Assert.Equal((64, 1f), (layer.Attention.Rope.Dimensions, layer.Attention.Rope.Magnitude));
        });
    }

    [Theory]
    [InlineData("llama", 4096, 32, 32, 32, 128, 11008, 32000, 2048, false)]
    [InlineData("mistral", 4096, 32, 32, 8, 128, 14336, 32000, 131072, false)]
    [InlineData("qwen2", 4096, 32, 32, 32, 128, 22016, 151936, 32768, false)]
    [InlineData("qwen3", 4096, 32, 32, 32, 128, 22016, 151936, 32768, false)]
    [InlineData("qwen3_moe", 2048, 24, 32, 4, 64, 768, 151936, 32768, false)]
    [InlineData("gemma2", 2304, 26, 8, 4, 256, 9216, 256000, 8192, true)]
    [InlineData("gemma3_text", 2304, 26, 8, 4, 256, 9216, 262208, 131072, true)]
    public void Read_OnlyAModelType_HasTheDefaultsOfTransformers(
        string type, int hidden, int layers, int heads, int kvHeads, int headSize, int intermediate, int vocab, int context, bool tied)
    {
        var spec = HfConfigs.Read($$"""{"model_type":"{{type}}"}""");

        var layer = spec.Layers[0];
        Assert.Equal((hidden, layers, vocab, context, tied), (spec.HiddenSize, spec.Layers.Count, spec.VocabSize, spec.ContextLength, spec.TiedHead));
        Assert.Equal((heads, kvHeads, headSize, intermediate), (layer.Attention.Heads, layer.Attention.KvHeads, layer.Attention.HeadSize, layer.FeedForward.IntermediateSize));
        Assert.Equal(1e-6f, spec.NormEpsilon);
    }

    [Fact]
    public void Read_KvHeads_NullMeansAsManyAsHeads()
    {
        Assert.Equal(32, HfConfigs.Read(HfConfigs.Llama, ("num_key_value_heads", "-")).Layers[0].Attention.KvHeads);
        Assert.Equal(32, HfConfigs.Read(HfConfigs.Llama, ("num_key_value_heads", "null")).Layers[0].Attention.KvHeads);
        Assert.Equal(32, HfConfigs.Read(HfConfigs.Mistral, ("num_key_value_heads", "null")).Layers[0].Attention.KvHeads);
        Assert.Equal(8, HfConfigs.Read(HfConfigs.Mistral, ("num_key_value_heads", "-")).Layers[0].Attention.KvHeads);
    }

    [Fact]
    public void Read_HeadDim_GoesBeforeHiddenSizeOverHeads()
    {
        Assert.Equal(64, HfConfigs.Read(HfConfigs.Llama, ("head_dim", "-")).Layers[0].Attention.HeadSize);
        Assert.Equal(80, HfConfigs.Read(HfConfigs.Llama, ("head_dim", "80")).Layers[0].Attention.HeadSize);
        // Mistral Nemo: 32 heads of 128 over a hidden size of 5120.
        var nemo = HfConfigs.Read(HfConfigs.Mistral, ("hidden_size", "5120"), ("head_dim", "128"), ("sliding_window", "null"), ("num_hidden_layers", "40"));
        Assert.Equal((128, null), (nemo.Layers[39].Attention.HeadSize, nemo.Layers[39].Attention.SlidingWindow));
    }

    [Fact]
    public void Read_LlamaWithBiases_DeclaresAllOfThem()
    {
        var layer = HfConfigs.Read(HfConfigs.Llama, ("attention_bias", "true"), ("mlp_bias", "true")).Layers[3];

        Assert.True(layer.Attention is { QueryKeyValueBias: true, OutputBias: true } && layer.FeedForward.Bias);
    }

    [Fact]
    public void Read_Qwen_HasItsBiasesAndNorms()
    {
        var two = HfConfigs.Read(HfConfigs.Qwen2, ("attention_bias", "true")).Layers[0].Attention;
        Assert.Equal((true, false, false), (two.QueryKeyValueBias, two.OutputBias, two.QueryKeyNorm));
        var three = HfConfigs.Read(HfConfigs.Qwen3).Layers[0].Attention;
        Assert.Equal((false, false, true), (three.QueryKeyValueBias, three.OutputBias, three.QueryKeyNorm));
        Assert.Equal(128, HfConfigs.Read(HfConfigs.Qwen3, ("head_dim", "-")).Layers[0].Attention.HeadSize);
        var biased = HfConfigs.Read(HfConfigs.Qwen3, ("attention_bias", "true")).Layers[0].Attention;
        Assert.Equal((true, true), (biased.QueryKeyValueBias, biased.OutputBias));
    }

    [Fact]
    public void Read_Gemma2_IsAllThatGemmaIs()
    {
        var spec = HfConfigs.Read(HfConfigs.Gemma2, ("query_pre_attn_scalar", "144"));

        Assert.Equal((true, true, 48f, 30f), (spec.TiedHead, spec.NormAddsOne, spec.EmbeddingScale, spec.LogitSoftCap!.Value));
        Assert.All(spec.Layers, layer => Assert.True(layer.PostNorms && layer.FeedForward.Activation == Activation.GeluTanh && layer.Attention.ScoreSoftCap == 50f));
        Assert.Equal((float)(1 / 12.0), spec.Layers[0].Attention.Scale);
        Assert.Null(HfConfigs.Read(HfConfigs.Gemma2, ("final_logit_softcapping", "null"), ("attn_logit_softcapping", "null")).LogitSoftCap);
        Assert.Equal(30f, HfConfigs.Read(HfConfigs.Gemma2, ("final_logit_softcapping", "-")).LogitSoftCap);
        Assert.Equal(0.0625f, HfConfigs.Read(HfConfigs.Gemma2, ("query_pre_attn_scalar", "-")).Layers[0].Attention.Scale);
    }

    [Fact]
    public void Read_Gemma3_TurnsLocalLayersByTheirOwnUnscaledBase()
    {
        var spec = HfConfigs.Read(HfConfigs.Gemma3);

        var (local, full) = (spec.Layers[0].Attention, spec.Layers[5].Attention);
        Assert.Equal((512, null), (local.SlidingWindow, full.SlidingWindow));
        Assert.Equal(Math.Pow(10_000, -2.0 / 256), local.Rope.Frequencies[1], 1e-7);
        Assert.Equal(Math.Pow(1_000_000, -2.0 / 256) / 8, full.Rope.Frequencies[1], 1e-7);
        Assert.True(local.QueryKeyNorm && spec.NormAddsOne && spec.LogitSoftCap is null && local.ScoreSoftCap is null);
    }

    [Fact]
    public void Read_Gemma3WithImages_TakesItsTextPart()
    {
        // google/gemma-3-4b-it names only what differs from the defaults.
        var spec = HfConfigs.Read("""
            {"architectures":["Gemma3ForConditionalGeneration"],"model_type":"gemma3","vision_config":{"model_type":"siglip_vision_model"},
             "text_config":{"hidden_size":2560,"intermediate_size":10240,"model_type":"gemma3_text","num_hidden_layers":34,
             "rope_scaling":{"factor":8.0,"rope_type":"linear"},"sliding_window":1024}}
            """);

        Assert.Equal(("gemma3_text", 2560, 34, 262208, true), (spec.Architecture, spec.HiddenSize, spec.Layers.Count, spec.VocabSize, spec.TiedHead));
        Assert.Equal((1024, null), (spec.Layers[0].Attention.SlidingWindow, spec.Layers[11].Attention.SlidingWindow));
    }

    [Fact]
    public void Read_Qwen3Moe_PutsExpertsWhereTheConfigWantsThem()
    {
        var spec = HfConfigs.Read(HfConfigs.Qwen3Moe, ("decoder_sparse_step", "2"), ("mlp_only_layers", "[3, 5]"));

        var sparse = spec.Layers.Select(layer => layer.FeedForward.Experts is not null).ToList();
        Assert.Equal([false, true, false, false, false, false, false, true, false, true], sparse[..10]);
        Assert.Equal(new ExpertSpec { Count = 128, ActiveCount = 8, NormalizeWeights = true }, spec.Layers[1].FeedForward.Experts);
        Assert.Equal((768, 6144), (spec.Layers[1].FeedForward.IntermediateSize, spec.Layers[0].FeedForward.IntermediateSize));
        Assert.False(HfConfigs.Read(HfConfigs.Qwen3Moe, ("norm_topk_prob", "-")).Layers[0].FeedForward.Experts!.NormalizeWeights);
        Assert.All(HfConfigs.Read(HfConfigs.Qwen3Moe, ("num_experts", "0")).Layers, layer => Assert.Null(layer.FeedForward.Experts));
    }

    [Theory]
    [InlineData("\"gpt2\"")]
    [InlineData("\"Llama\"")]
    [InlineData("null")]
    public void Read_UnknownArchitecture_ListsTheSupportedOnes(string type)
    {
        var problem = Assert.Throws<InvalidModelException>(() => HfConfigs.Read(HfConfigs.Llama, ("model_type", type), ("architectures", "[\"X\"]")));

        Assert.Equal("model_type", problem.Part);
        Assert.All(HfConfigs.All.Keys, supported => Assert.Contains(supported, problem.Message));
    }

    [Fact]
    public void Read_ModelTypeMissing_GoesByArchitectures() =>
        Assert.Equal("llama", HfConfigs.Read(HfConfigs.Llama, ("model_type", "-")).Architecture);

    [Fact]
    public void Read_QuantizedWeights_AreRefusedByTheirMethod()
    {
        var problem = Assert.Throws<InvalidModelException>(() => HfConfigs.Read(HfConfigs.Qwen2, ("quantization_config", """{"quant_method":"gptq","bits":4}""")));

        Assert.Equal("quantization_config", problem.Part);
        Assert.Contains("gptq", problem.Message);
    }

    public static TheoryData<string, string, string> BadValues
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            string[] sizes = ["hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "intermediate_size", "vocab_size", "max_position_embeddings"];
            foreach (var key in sizes)
                foreach (var value in (string[])["0", "-1", "1.5", "1e300", "9999999999", "2147483647", "\"64\"", "[64]", "{}", "true"]) data.Add("qwen3", key, value);
            foreach (var value in (string[])["0", "-1e-5", "2", "1e999", "\"1e-5\"", "[]"]) data.Add("llama", "rms_norm_eps", value);
            foreach (var value in (string[])["0", "1", "-10000", "\"x\"", "1e300"]) data.Add("llama", "rope_theta", value);
            foreach (var value in (string[])["7", "\"relu\"", "\"gelu\""]) data.Add("llama", "hidden_act", value);
            foreach (var value in (string[])["1", "\"yes\""]) data.Add("llama", "tie_word_embeddings", value);
            foreach (var value in (string[])["0", "-4096", "\"4096\"", "4096.5"]) data.Add("mistral", "sliding_window", value);
            foreach (var value in (string[])["5", "33", "24"]) data.Add("llama", "num_key_value_heads", value);
            foreach (var value in (string[])["0", "-1", "129"]) data.Add("qwen3_moe", "num_experts_per_tok", value);
            foreach (var value in (string[])["[-1]", "[1.5]", "\"1\"", "{}"]) data.Add("qwen3_moe", "mlp_only_layers", value);
            foreach (var value in (string[])["0", "-1", "\"a\""]) data.Add("gemma2", "query_pre_attn_scalar", value);
            foreach (var value in (string[])["0", "-30", "\"a\""]) data.Add("gemma2", "final_logit_softcapping", value);
            foreach (var value in (string[])["[]", "[\"full_attention\"]", "[1]", "\"full_attention\"", "{}"]) data.Add("gemma3_text", "layer_types", value);
            foreach (var value in (string[])["0", "1.5", "-6"]) data.Add("gemma3_text", "sliding_window_pattern", value);
            foreach (var value in (string[])["0", "1.01", "0.001", "\"half\""]) data.Add("llama", "partial_rotary_factor", value);
            foreach (var value in (string[])["7", "\"llama3\"", "[]"]) data.Add("llama", "rope_scaling", value);
            foreach (var value in (string[])["0", "-1", "\"8\"", "-", "1e300"]) data.Add("llama", "rope_scaling.factor", value);
            foreach (var value in (string[])["0", "-", "4", "5", "null"]) data.Add("llama", "rope_scaling.low_freq_factor", value);
            foreach (var value in (string[])["0", "-", "1.5"]) data.Add("llama", "rope_scaling.original_max_position_embeddings", value);
            foreach (var value in (string[])["\"longrope\"", "\"su\"", "\"mrope\"", "7"]) data.Add("llama", "rope_scaling.rope_type", value);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(BadValues))]
    public void Read_BadValue_NamesFileAndKey(string family, string key, string value)
    {
        // A bad low_freq_factor shows by the high one not being above it.
        var named = key == "rope_scaling.low_freq_factor" && value is "4" or "5" ? "rope_scaling.high_freq_factor" : key;

        var problem = Assert.Throws<InvalidModelException>(() => HfConfigs.Read(HfConfigs.All[family], (key, value)));

        Assert.Equal("config.json", problem.File);
        Assert.Equal(named, problem.Part);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\"llama\"")]
    [InlineData("{\"model_type\":\"llama\"")]
    [InlineData("{\"hidden_size\":NaN}")]
    public void Read_WhatIsNoJsonObject_IsRefused(string json) =>
        Assert.Throws<InvalidModelException>(() => HfConfigs.Read(json));
}
