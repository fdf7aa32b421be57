using System.Text.Json;
using Exo.Engine;
using Exo.Engine.Models;
using Exo.Engine.Quantization;
using Exo.Engine.Weights;

namespace Exo.Tests.Engine.Quantization;

/// <summary>A SentencePiece-like tokenizer.json (Llama 2's and Mistral's kind) written as GGUF's "llama" vocabulary: merges become scores.</summary>
public sealed class SentencePieceVocabularyTests : IDisposable
{
    /// <summary>By the score of what they make, every split of it listed: so SentencePiece's merges come out of its converters.</summary>
    private static readonly string[] Merges = ["t h", "th e", "▁ the", "▁th e", "a n", "an d", "▁ and", "▁ a", "i n", "in g", "e r", "▁t h", "▁ th", "▁ t"];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_SentencePieceTokenizer_GivesTheSameIds(bool prefixed)
    {
        WriteModel(prefixed);
        var folder = ModelFiles.Open(_folder.Path);
        ModelQuantizer.Write(folder, DType.Q8_0, _folder.File("out.gguf"));
        var file = ModelFiles.Open(_folder.File("out.gguf"));

        foreach (var text in new[] { "the and", "thinning another", "  two  spaces", "naïve 日本 🙂", "<s>the</s>and", "\n\n", "" })
        {
            Assert.Equal((text, string.Join(' ', folder.Tokenizer.Encode(text))), (text, string.Join(' ', file.Tokenizer.Encode(text))));
            Assert.Equal(text, file.Tokenizer.Decode(file.Tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false)));
        }
        Assert.Equal(("<s>", "</s>", "<unk>"), (file.SpecialTokens.Bos, file.SpecialTokens.Eos, file.SpecialTokens.Unknown));
    }

    [Fact]
    public void Write_MergesThatScoresCannotExpress_Refuses()
    {
        // "▁th" comes about from "▁t" and "h" alone here; by scores it would from "▁" and "th" too.
        WriteModel(prefixed: true, [.. Merges.Where(merge => merge is not ("▁ th" or "▁ the" or "▁th e"))]);

        var refusal = Assert.Throws<InvalidModelException>(() => ModelQuantizer.Write(ModelFiles.Open(_folder.Path), DType.Q8_0, _folder.File("out.gguf")));

        Assert.Contains("tokenizer: cannot be written as GGUF", refusal.Message);
        Assert.False(File.Exists(_folder.File("out.gguf")));
    }

    [Fact]
    public void Write_WordsSplitInAnUnknownWay_Refuses()
    {
        foreach (var from in Directory.GetFiles(Vectors.Path("models", "qwen3", "hf"))) File.Copy(from, _folder.File(Path.GetFileName(from)));
        var path = _folder.File("tokenizer.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace(@"\\p{N}|", @"\\p{N}{1,7}|", StringComparison.Ordinal));

        var refusal = Assert.Throws<InvalidModelException>(() => ModelQuantizer.Write(ModelFiles.Open(_folder.Path), DType.Q8_0, _folder.File("out.gguf")));

        Assert.Contains("pre_tokenizer: has no name in GGUF", refusal.Message);
    }

    private void WriteModel(bool prefixed, string[]? fewer = null)
    {
        var merges = fewer ?? Merges;
        var source = Vectors.Path("models", "llama-gqa", "hf");
        foreach (var name in new[] { "config.json", "model.safetensors" }) File.Copy(Path.Combine(source, name), _folder.File(name));
        _folder.Write("tokenizer_config.json", """{"bos_token":"<s>","eos_token":"</s>","unk_token":"<unk>"}""");

        List<string> pieces = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), "▁", .. "abcdefghijklmnopqrstuvwxyz".Select(letter => letter.ToString())];
        foreach (var merge in merges)
            if (merge.Replace(" ", "") is var piece && !pieces.Contains(piece)) pieces.Add(piece);
        object replace = new { type = "Replace", pattern = new { String = " " }, content = "▁" };
        object prepend = new { type = "Prepend", prepend = "▁" };
        var tokenizer = new
        {
            version = "1.0",
            added_tokens = new[] { "<unk>", "<s>", "</s>" }.Select((content, id) => new { id, content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true }),
            normalizer = new { type = "Sequence", normalizers = prefixed ? new[] { prepend, replace } : [replace] },
            pre_tokenizer = (object?)null,
            post_processor = new
            {
                type = "TemplateProcessing",
                single = new object[] { new { SpecialToken = new { id = "<s>", type_id = 0 } }, new { Sequence = new { id = "A", type_id = 0 } } },
                pair = Array.Empty<object>(),
                special_tokens = new Dictionary<string, object> { ["<s>"] = new { id = "<s>", ids = new[] { 1 }, tokens = new[] { "<s>" } } },
            },
            decoder = new
            {
                type = "Sequence",
                decoders = new object[] { new { type = "Replace", pattern = new { String = "▁" }, content = " " }, new { type = "ByteFallback" }, new { type = "Fuse" }, new { type = "Strip", content = " ", start = 1, stop = 0 } },
            },
            model = new { type = "BPE", unk_token = "<unk>", fuse_unk = true, byte_fallback = true, vocab = pieces.Select((piece, id) => (piece, id)).ToDictionary(pair => pair.piece, pair => pair.id), merges },
        };
        _folder.Write("tokenizer.json", JsonSerializer.Serialize(tokenizer));
    }
}
