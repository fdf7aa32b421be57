using System.Text.Json;
using Exo.Engine.Tokenization;

namespace Exo.Tests.Engine.Tokenization;

/// <summary>Ids that Hugging Face's tokenizers gave for the same tokenizer.json.</summary>
public sealed class TokenizerVectorTests
{
    public static TheoryData<string> Models => ["gemma2", "gemma3", "llama-gqa", "llama-sharded", "llama3-rope", "qwen2", "qwen3", "qwen3moe"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Encode_ReferenceTexts_GivesTheReferenceIds(string model)
    {
        var tokenizer = Tokenizer.FromJson(Vectors.Path("models", model, "hf", "tokenizer.json"));

        foreach (var (text, ids) in Expected(model))
            Assert.Equal((text, string.Join(' ', ids)), (text, string.Join(' ', tokenizer.Encode(text, addSpecialTokens: false))));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Decode_ReferenceIds_GivesTheNormalizedText(string model)
    {
        var tokenizer = Tokenizer.FromJson(Vectors.Path("models", model, "hf", "tokenizer.json"));

        foreach (var (text, ids) in Expected(model))
            Assert.Equal(model.StartsWith("qwen", StringComparison.Ordinal) ? text.Replace("e\u0301", "\u00E9", StringComparison.Ordinal) : text, tokenizer.Decode(ids, skipSpecialTokens: false));
    }

    [Fact]
    public void Encode_WithSpecialTokens_FollowsTheTemplate()
    {
        var llama = Tokenizer.FromJson(Vectors.Path("models", "llama-gqa", "hf", "tokenizer.json"));
        var qwen = Tokenizer.FromJson(Vectors.Path("models", "qwen2", "hf", "tokenizer.json"));

        Assert.Equal([506, .. llama.Encode("Hello", addSpecialTokens: false)], llama.Encode("Hello"));
        Assert.Equal(506, llama.BosId);
        Assert.Equal(qwen.Encode("Hello", addSpecialTokens: false), qwen.Encode("Hello"));
        Assert.Null(qwen.BosId);
        Assert.Equal("byte-level BPE, 512 tokens", llama.Kind);
    }

    private static IEnumerable<(string Text, int[] Ids)> Expected(string model)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Vectors.Path("models", model, "expected-tokens.json")));
        return [.. document.RootElement.EnumerateArray().Select(item => (item.GetProperty("text").GetString()!, item.GetProperty("ids").Deserialize<int[]>()!))];
    }
}
