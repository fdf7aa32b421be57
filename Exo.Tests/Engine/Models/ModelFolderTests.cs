using System.Text;
using System.Text.Json;
using Exo.Engine;
using Exo.Engine.Models;

namespace Exo.Tests.Engine.Models;

/// <summary>What stands around the weights: template, special tokens, generation defaults, description.</summary>
public sealed class ModelFolderTests
{
    private const string Tokenizer = """
        {"added_tokens":[{"id":4,"content":"</s>","special":true},{"id":5,"content":"<|im_end|>","special":true},{"id":6,"content":"<|eot_id|>","special":true}],
         "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"decoder":{"type":"ByteLevel"},
         "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"c":3},"merges":["a b"]}}
        """;

    [Fact]
    public void Open_FolderThatIsNone_SaysWhy()
    {
        using var folder = new TempFolder();
        var file = folder.Write("file", "x");

        Assert.Contains("no such folder", Assert.Throws<InvalidModelException>(() => ModelFolder.Open(folder.File("none"))).Message);
        Assert.Contains("not a model folder", Assert.Throws<InvalidModelException>(() => ModelFolder.Open(file)).Message);
        var empty = Assert.Throws<InvalidModelException>(() => ModelFiles.Open(folder.Path));
        Assert.Equal(folder.File("config.json"), empty.File);
        Assert.Contains("is that a model's folder?", empty.Message);
    }

    [Fact]
    public void Open_NothingButAConfig_HasNeitherTemplateNorTokens()
    {
        using var folder = Folder();

        var files = ModelFiles.Open(folder.Path);

        Assert.Equal(("safetensors", folder.Path, null), (files.Format, files.Path, files.ChatTemplateSource));
        Assert.Equal(new SpecialTokenTexts(null, null, null, null), files.SpecialTokens);
        Assert.Equal([128001, 128008, 128009], files.Generation.EosTokenIds);
        Assert.Equal((128000, null, null), (files.Generation.BosTokenId, files.Generation.DoSample, files.Generation.Temperature));
    }

    [Theory]
    [InlineData("""{"chat_template":"one"}""", "one")]
    [InlineData("""{"chat_template":null}""", null)]
    [InlineData("""{"chat_template":[{"name":"tool_use","template":"no"},{"name":"default","template":"yes"}]}""", "yes")]
    [InlineData("""{"chat_template":[{"name":"rag","template":"only"}]}""", "only")]
    [InlineData("""{"chat_template":[{"name":"a","template":"1"},{"name":"b","template":"2"}]}""", null)]
    [InlineData("""{"chat_template":[]}""", null)]
    public void ChatTemplateSource_InTokenizerConfig_IsTheDefaultOne(string config, string? expected)
    {
        using var folder = Folder();
        folder.Write("tokenizer_config.json", config);

        Assert.Equal(expected, ModelFolder.Open(folder.Path).ChatTemplateSource);
    }

    [Fact]
    public void ChatTemplateSource_InAFileOfItsOwn_GoesFirst()
    {
        using var folder = Folder();
        folder.Write("tokenizer_config.json", """{"chat_template":"config"}""");
        folder.Write("chat_template.json", """{"chat_template":"json"}""");
        Assert.Equal("json", ModelFolder.Open(folder.Path).ChatTemplateSource);

        folder.Write("chat_template.jinja", "jinja\n{{ x }}");
        Assert.Equal("jinja\n{{ x }}", ModelFolder.Open(folder.Path).ChatTemplateSource);
    }

    [Fact]
    public void SpecialTokens_TextsOrObjects_AreRead()
    {
        using var folder = Folder();
        folder.Write("special_tokens_map.json", """{"bos_token":"<map>","unk_token":{"content":"<unk>","lstrip":false},"pad_token":"<map>"}""");
        folder.Write("tokenizer_config.json", """{"bos_token":{"__type":"AddedToken","content":"<s>"},"eos_token":"</s>","pad_token":null}""");

        Assert.Equal(new SpecialTokenTexts("<s>", "</s>", null, "<unk>"), ModelFolder.Open(folder.Path).SpecialTokens);
    }

    [Fact]
    public void Generation_AllItsKeys_AreRead()
    {
        using var folder = Folder();
        folder.Write("generation_config.json", """
            {"bos_token_id":5,"eos_token_id":7,"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95,"min_p":0.05,
             "repetition_penalty":1.05,"max_new_tokens":2048,"transformers_version":"4.51.0"}
            """);

        var defaults = ModelFolder.Open(folder.Path).Generation;

        Assert.Equal([7, 128001, 128008, 128009], defaults.EosTokenIds);
        Assert.Equal((5, true, 0.6f, 20, 0.95f), (defaults.BosTokenId, defaults.DoSample, defaults.Temperature, defaults.TopK, defaults.TopP));
        Assert.Equal((0.05f, 1.05f, 2048), (defaults.MinP, defaults.RepetitionPenalty, defaults.MaxNewTokens));
    }

    [Fact]
    public void Generation_EndsNamedByText_AreFoundInTheTokenizer()
    {
        using var folder = Folder();
        folder.Write("tokenizer.json", Tokenizer);
        folder.Write("tokenizer_config.json", """{"eos_token":"</s>","chat_template":"{{ m }}<|im_end|>"}""");

        // <|eot_id|> is a token too, but nothing writes it; the config's ids stay.
        Assert.Equal([4, 5, 128001, 128008, 128009], ModelFolder.Open(folder.Path).Generation.EosTokenIds);
    }

    [Fact]
    public void Tokenizer_FileThatIsMissingOrBroken_IsNamedWhenAskedFor()
    {
        using var folder = Folder();
        var files = ModelFolder.Open(folder.Path);
        Assert.False(files.HasTokenizer);
        Assert.Equal(folder.File("tokenizer.json"), Assert.Throws<InvalidModelException>(() => files.Tokenizer).File);

        folder.Write("tokenizer.json", "{");
        var broken = ModelFolder.Open(folder.Path);
        Assert.True(broken.HasTokenizer);
        Assert.Equal(folder.File("tokenizer.json"), Assert.Throws<InvalidModelException>(() => broken.Tokenizer).File);
    }

    [Theory]
    [InlineData("temperature", "-1")]
    [InlineData("temperature", "\"hot\"")]
    [InlineData("top_p", "1.5")]
    [InlineData("top_k", "0.5")]
    [InlineData("eos_token_id", "\"</s>\"")]
    [InlineData("eos_token_id", "[1,-2]")]
    [InlineData("max_new_tokens", "0")]
    [InlineData("repetition_penalty", "0")]
    public void Generation_BadValue_NamesFileAndKey(string key, string value)
    {
        using var folder = Folder();
        var path = folder.Write("generation_config.json", $$"""{"{{key}}":{{value}}}""");

        var problem = Assert.Throws<InvalidModelException>(() => ModelFolder.Open(folder.Path).Generation);

        Assert.Equal((path, key), (problem.File, problem.Part));
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"bos_token":7}""")]
    [InlineData("tokenizer_config.json", """{"chat_template":7}""")]
    [InlineData("tokenizer_config.json", """{"chat_template":[7]}""")]
    [InlineData("tokenizer_config.json", "{")]
    [InlineData("chat_template.json", "[]")]
    [InlineData("special_tokens_map.json", """{"bos_token":{"content":1}}""")]
    public void Open_SideFileThatIsBroken_IsNamed(string name, string content)
    {
        using var folder = Folder();
        var path = folder.Write(name, content);

        Assert.Equal(path, Assert.Throws<InvalidModelException>(() => ModelFolder.Open(folder.Path)).File);
    }

    [Theory]
    [InlineData("generation_config.json", """{"bos_token_id":5,"eos_token_id":[7,8],"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95,"min_p":0.05,"repetition_penalty":1.05,"max_new_tokens":2048}""")]
    [InlineData("tokenizer_config.json", """{"bos_token":{"content":"<s>"},"eos_token":"</s>","unk_token":null,"chat_template":[{"name":"default","template":"{{ x }}"},{"name":"tools","template":"{{ y }}"}]}""")]
    public void Open_SpoiledSideFiles_GiveAnErrorOrAModel(string name, string right)
    {
        using var folder = Folder();

        Mutation.Survive(Encoding.UTF8.GetBytes(right), 200, maxAllocation: 2_000_000, bytes =>
        {
            folder.Write(name, bytes);
            Assert.NotNull(ModelFolder.Open(folder.Path).Generation);
        });
    }

    [Fact]
    public void Open_TemplateThatIsNotUtf8_IsNamed()
    {
        using var folder = Folder();
        var path = folder.Write("chat_template.jinja", [0x7B, 0xFF]);

        Assert.Equal(path, Assert.Throws<InvalidModelException>(() => ModelFolder.Open(folder.Path)).File);
    }

    [Fact]
    public void Describe_Model_CountsWhatItUses()
    {
        using var folder = new TempFolder();
        TinyModel.Write(folder, TinyModel.Config("llama", ("tie_word_embeddings", "false")), "BF16");
        folder.Write("chat_template.jinja", "{{ messages }}");
        folder.Write("tokenizer.json", Tokenizer);

        var description = ModelFolder.Open(folder.Path).Describe();

        // Per layer: norms 2·16, queries and output 2·32·16, keys and values 2·16·16, feed-forward 3·24·16.
        const int Layer = 32 + 1024 + 512 + 1152;
        Assert.Equal((40 * 16 * 2) + 16 + (3 * Layer), description.Parameters);
        Assert.Equal((1280L, 1280L, false, true), (description.EmbeddingByteCount, description.HeadByteCount, description.TiedHead, description.HasChatTemplate));
        Assert.Equal([Layer * 2, Layer * 2, Layer * 2], description.Layers.Select(layer => layer.ByteCount));
        Assert.Equal(description.Parameters * 2, description.ByteCount);
        Assert.Equal(new Dictionary<string, long> { ["BF16"] = description.ByteCount }, description.DTypes);
        Assert.Equal(3 * 2 * 16, description.KvElementsPerToken);
        Assert.Contains("7 tokens", description.Tokenizer);
        Assert.Equal(("4 heads over 2, size 8", "24"), (description.Layers[0].Attention, description.Layers[0].FeedForward));
    }

    [Fact]
    public void Describe_TiedMixtureWithWindows_SaysSo()
    {
        using var folder = new TempFolder();
        TinyModel.Write(folder, TinyModel.Config(
            "qwen3_moe", ("num_experts", "4"), ("num_experts_per_tok", "2"), ("moe_intermediate_size", "8"), ("use_sliding_window", "true"), ("sliding_window", "64"), ("tie_word_embeddings", "true")));

        var description = ModelFolder.Open(folder.Path).Describe();

        Assert.Equal((0, true, null), (description.HeadByteCount, description.TiedHead, description.Tokenizer));
        Assert.Equal(("4 heads over 2, size 8, window 64", "4 experts of 8, 2 active"), (description.Layers[2].Attention, description.Layers[2].FeedForward));
        var json = JsonSerializer.Serialize(description, JsonSerializerOptions.Web);
        Assert.Equivalent(description, JsonSerializer.Deserialize<ModelDescription>(json, JsonSerializerOptions.Web));
    }

    private static TempFolder Folder()
    {
        var folder = new TempFolder();
        folder.Write("config.json", TinyModel.Config("llama"));
        return folder;
    }
}
