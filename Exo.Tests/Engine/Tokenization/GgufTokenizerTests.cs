using System.Text;
using System.Text.Json;
using Exo.Engine.Tokenization;

namespace Exo.Tests.Engine.Tokenization;

/// <summary>The vocabularies of real models inside GGUF files, held to their own reference tokenizers and to llama.cpp.</summary>
public sealed class GgufTokenizerTests
{
    public static TheoryData<string> Vocabularies => ["bert-bge", "deepseek-llm", "gpt-2", "llama-spm", "phi-3"];

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Encode_RealVocabulary_GivesTheReferenceIds(string name)
    {
        var file = Vectors.Path("tokenizers", $"ggml-vocab-{name}.gguf");
        var tokenizer = Tokenizer.FromGguf(file);
        var texts = Encoding.UTF8.GetString(File.ReadAllBytes(file + ".inp")).Split("\n__ggml_vocab_test__\n");
        var answers = File.ReadAllLines(file + ".out");

        for (var i = 0; i < answers.Length; i++)
            Assert.Equal((texts[i], answers[i].Trim()), (texts[i], string.Join(' ', tokenizer.Encode(texts[i], addSpecialTokens: false, parseSpecialTokens: false))));
    }

    [Theory]
    [MemberData(nameof(TokenizerVectorTests.Models), MemberType = typeof(TokenizerVectorTests))]
    public void Encode_ModelFile_GivesTheIdsOfLlamaCpp(string model)
    {
        var tokenizer = Tokenizer.FromGguf(Vectors.Path("models", model, "model-f32.gguf"));
        using var document = JsonDocument.Parse(File.ReadAllBytes(Vectors.Path("models", model, "expected-tokens.json")));

        foreach (var item in document.RootElement.EnumerateArray())
            Assert.Equal(
                (item.GetProperty("text").GetString(), string.Join(' ', item.GetProperty("gguf").Deserialize<int[]>()!)),
                (item.GetProperty("text").GetString(), string.Join(' ', tokenizer.Encode(item.GetProperty("text").GetString()!, addSpecialTokens: false))));
    }

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("deepseek-llm")]
    [InlineData("llama-spm")]
    [InlineData("phi-3")]
    public void Decode_RealVocabulary_GivesTheTextBack(string name)
    {
        var file = Vectors.Path("tokenizers", $"ggml-vocab-{name}.gguf");
        var tokenizer = Tokenizer.FromGguf(file);

        foreach (var text in Encoding.UTF8.GetString(File.ReadAllBytes(file + ".inp")).Split("\n__ggml_vocab_test__\n"))
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false)));
    }
}
