using Exo.Engine;
using Exo.Engine.Tokenization;
using Exo.Engine.Tokenization.Gguf;
using Exo.Engine.Weights.Gguf;
using Exo.Tests.Engine.Weights.Gguf;

namespace Exo.Tests.Engine.Tokenization;

/// <summary>What the keys of a GGUF vocabulary mean, on vocabularies written down here.</summary>
public sealed class GgufVocabularyTests
{
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6;

    [Fact]
    public void Build_Llama_JoinsByScoreAndFallsBackToBytes()
    {
        var tokenizer = Build(Llama());

        Assert.Equal(["<s>", "▁ab", "c"], Pieces(tokenizer, "abc", special: true)); // ▁ab scores higher than bc.
        Assert.Equal(["▁", "<0xC3>", "<0xA9>"], Pieces(tokenizer, "é"));
        Assert.Equal(["▁", "a", "<end>", "▁", "a"], Pieces(tokenizer, "a<end>a"));
        Assert.Equal((1, 2), (tokenizer.BosId, tokenizer.EosId));
        Assert.Equal("é<end> abc", tokenizer.Decode(tokenizer.Encode("é<end>abc")));
    }

    [Fact]
    public void Build_Llama_ControlTokensAreNoPiecesOfText()
    {
        var tokenizer = Build(Llama());

        Assert.Equal(["<s>"], Pieces(tokenizer, "<s>"));
        Assert.DoesNotContain(1, tokenizer.Encode("<s>", addSpecialTokens: false, parseSpecialTokens: false));
        Assert.True(tokenizer.IsSpecial(1));
        Assert.False(tokenizer.IsSpecial(tokenizer.IdOf("<end>")!.Value));
    }

    [Theory]
    [InlineData(true, true, "<s> ▁ a </s>")]
    [InlineData(false, true, "▁ a </s>")]
    [InlineData(false, false, "▁ a")]
    public void Build_Llama_AddsWhatTheFileSays(bool bos, bool eos, string pieces) =>
        Assert.Equal(pieces, string.Join(' ', Pieces(Build(Llama().Flag("tokenizer.ggml.add_bos_token", bos).Flag("tokenizer.ggml.add_eos_token", eos)), "a", special: true)));

    [Fact]
    public void Build_Llama_IdsUnsaid_TakesLlamaCppsInTextsToo()
    {
        var tokenizer = Build(Llama(ids: false).Flag("tokenizer.ggml.add_eos_token", true));

        Assert.Equal(["<s>", "▁", "a", "</s>"], Pieces(tokenizer, "a", special: true));
        Assert.Equal((1, 2), (tokenizer.BosId, tokenizer.EosId));
    }

    [Theory]
    [InlineData(Control, 12, 11)]
    [InlineData(Normal, 12, null)] // GPT-2's comma
    [InlineData(Control, 11, null)]
    public void Of_Gpt2_IdsUnsaid_TakesLlamaCppsWhereItIsAControlToken(int type, int count, int? expected)
    {
        var vocabulary = Vocabulary(new GgufBytes()
            .Text("tokenizer.ggml.model", "gpt2").Texts("tokenizer.ggml.tokens", [.. Enumerable.Range(0, count).Select(id => $"t{id}")])
            .Integers("tokenizer.ggml.token_type", [.. Enumerable.Repeat(type, count)]));

        Assert.Equal((expected, expected, null), (vocabulary.BosId, vocabulary.EosId, vocabulary.UnknownId));
    }

    [Fact]
    public void Build_Llama_WithoutSpacePrefix_LeavesTheTextAlone()
    {
        var tokenizer = Build(Llama().Flag("tokenizer.ggml.add_space_prefix", false));

        Assert.Equal(["a"], Pieces(tokenizer, "a"));
        Assert.Equal(" a", tokenizer.Decode(tokenizer.Encode(" a")));
    }

    [Fact]
    public void Build_Llama_EqualScores_JoinLeftmostFirst() =>
        Assert.Equal(["▁", "dd", "d"], Pieces(Build(Llama()), "ddd"));

    [Fact]
    public void Build_Phi3_StripsAfterItsMarks()
    {
        var plain = Build(Llama());
        var phi = Build(Llama().Text("general.name", "Phi-3 mini"));

        Assert.Equal(["<end>", "▁", "▁", "a"], Pieces(plain, "<end> a"));
        Assert.Equal(["<end>", "▁", "a"], Pieces(phi, "<end> a"));
    }

    [Fact]
    public void Build_Gpt2_KnowsItsPreTokenizerByName()
    {
        Assert.Equal(["a", "1", "2", "3"], Pieces(Build(Gpt2("qwen2")), "a123"));
        Assert.Equal(["a", "123"], Pieces(Build(Gpt2("llama-bpe")), "a123")); // ignore_merges: no merge makes 123.
        Assert.Equal(["Ġa", "<|im_end|>"], Pieces(Build(Gpt2("gpt-2")), " a<|im_end|>"));
    }

    [Theory]
    [InlineData(Normal)]
    [InlineData(UserDefined)]
    [InlineData(Unused)]
    public void Build_Gpt2_MarkOfATurnsEnd_IsAControlTokenWhateverTheFileCallsIt(int type)
    {
        var tokenizer = Build(Gpt2("gpt-2", type));

        Assert.True(tokenizer.IsSpecial(tokenizer.IdOf("<|im_end|>")!.Value));
        Assert.Equal("a", tokenizer.Decode(tokenizer.Encode("a<|im_end|>")));
    }

    [Fact]
    public void Build_Gemma4_JoinsCharactersAndTakesLineBreaksWhole()
    {
        var tokenizer = Build(new GgufBytes()
            .Text("tokenizer.ggml.model", "gemma4")
            .Texts("tokenizer.ggml.tokens", "<bos>", "a", "b", "▁", "▁a", "\n", "\n\n", "<0xC3>", "<0xA9>")
            .Integers("tokenizer.ggml.token_type", Control, Normal, Normal, Normal, Normal, Normal, Normal, Byte, Byte)
            .Texts("tokenizer.ggml.merges", "▁ a")
            .UInt32("tokenizer.ggml.bos_token_id", 0));

        Assert.Equal(["<bos>", "b", "▁a", "\n\n", "b", "<0xC3>", "<0xA9>"], Pieces(tokenizer, "b a\n\nbé", special: true));
        Assert.Equal("b a\n\nbé", tokenizer.Decode(tokenizer.Encode("b a\n\nbé")));
    }

    [Fact]
    public void Build_Bert_CoversWordsFromTheLeft()
    {
        var tokens = new[] { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁he", "llo", "▁!", "▁wor", "ld" };
        var tokenizer = Build(new GgufBytes()
            .Text("tokenizer.ggml.model", "bert").Texts("tokenizer.ggml.tokens", tokens).Integers("tokenizer.ggml.token_type", 3, 3, 3, 3, 1, 1, 1, 1, 1)
            .UInt32("tokenizer.ggml.unknown_token_id", 1).UInt32("tokenizer.ggml.cls_token_id", 2).UInt32("tokenizer.ggml.seperator_token_id", 3));

        Assert.Equal(["[CLS]", "▁he", "llo", "▁!", "▁wor", "ld", "[UNK]", "[SEP]"], Pieces(tokenizer, "Héllo! WORLD zzz", special: true));
        Assert.Equal("hello ! world", tokenizer.Decode(tokenizer.Encode("hello! world")));
    }

    [Theory]
    [InlineData("tokenizer.ggml.model", "rwkv", "tokenizer.ggml.model: rwkv is no vocabulary that is known")]
    [InlineData("tokenizer.ggml.pre", "no-such", "tokenizer.ggml.pre: no-such is no pre-tokenizer that is known")]
    public void Build_Unknown_NamesTheKey(string key, string value, string problem)
    {
        var bytes = new GgufBytes().Texts("tokenizer.ggml.tokens", "a").Texts("tokenizer.ggml.merges").Text(key, value);
        if (key != "tokenizer.ggml.model")
            bytes.Text("tokenizer.ggml.model", "gpt2");

        Assert.StartsWith("small.gguf: " + problem, Assert.Throws<InvalidModelException>(() => Build(bytes)).Message);
    }

    [Fact]
    public void Build_WithoutVocabularyOrMerges_SaysWhatIsMissing()
    {
        Assert.StartsWith("small.gguf: tokenizer.ggml.tokens: is missing", Assert.Throws<InvalidModelException>(() => Build(new GgufBytes().UInt32("k", 1))).Message);
        Assert.StartsWith("small.gguf: tokenizer.ggml.merges: is missing", Assert.Throws<InvalidModelException>(() => Build(new GgufBytes().Text("tokenizer.ggml.model", "gpt2").Texts("tokenizer.ggml.tokens", "a"))).Message);
        Assert.StartsWith("small.gguf: tokenizer.ggml.scores: has 1 entries for 2 tokens", Assert.Throws<InvalidModelException>(() =>
            Build(new GgufBytes().Text("tokenizer.ggml.model", "llama").Texts("tokenizer.ggml.tokens", "a", "b").Value("tokenizer.ggml.scores", FloatList, writer => Write(writer, [1f])))).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Build_SpoiledFile_IsRefusedOrWorks(bool llama)
    {
        var accepted = Mutation.Survive((llama ? Llama() : Gpt2("qwen2")).ToArray(), count: 500, maxAllocation: 64 << 20, spoiled =>
        {
            var tokenizer = GgufTokenizer.Build(GgufVocabulary.Of(GgufHeader.Parse("spoiled.gguf", spoiled, spoiled.Length).Metadata));
            tokenizer.Decode(tokenizer.Encode("abc é 123 <s><end>"), skipSpecialTokens: false);
            for (var id = 0; id < tokenizer.VocabSize; id++)
                tokenizer.Decode([id]);
        });

        Assert.InRange(accepted, 1, 499);
    }

    private static GgufBytes Llama(bool ids = true)
    {
        (string Piece, float Score, int Type)[] tokens =
        [
            ("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), ("▁", -10, Normal), ("a", -11, Normal), ("b", -12, Normal), ("c", -13, Normal), ("ab", -3, Normal),
            ("bc", -4, Normal), ("▁ab", -2, Normal), ("d", -14, Normal), ("dd", -5, Normal), ("<", -20, Normal), ("s", -20, Normal), (">", -20, Normal), ("<end>", 0, UserDefined),
        ];
        var all = tokens.Concat(Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, Byte))).ToArray();
        var bytes = new GgufBytes()
            .Text("tokenizer.ggml.model", "llama")
            .Texts("tokenizer.ggml.tokens", [.. all.Select(token => token.Item1)])
            .Value("tokenizer.ggml.scores", FloatList, writer => Write(writer, all.Select(token => token.Item2)))
            .Integers("tokenizer.ggml.token_type", [.. all.Select(token => token.Item3)]);
        return ids ? bytes.UInt32("tokenizer.ggml.bos_token_id", 1).UInt32("tokenizer.ggml.eos_token_id", 2) : bytes;
    }

    private static GgufBytes Gpt2(string pre, int markType = Normal)
    {
        string[] tokens = ["a", "1", "2", "3", "123", "Ġ", "Ġa", "<|im_end|>"];
        return new GgufBytes()
            .Text("tokenizer.ggml.model", "gpt2").Text("tokenizer.ggml.pre", pre).Texts("tokenizer.ggml.tokens", tokens)
            .Integers("tokenizer.ggml.token_type", [.. Enumerable.Repeat(Normal, tokens.Length - 1), markType])
            .Texts("tokenizer.ggml.merges", "Ġ a", "no such", "x");
    }

    /// <summary>The format's number for a list, with what <see cref="Write"/> writes after it.</summary>
    private const uint FloatList = 9;

    private static void Write(BinaryWriter writer, IEnumerable<float> values)
    {
        var list = values.ToArray();
        writer.Write(6u);
        writer.Write((ulong)list.Length);
        foreach (var value in list)
            writer.Write(value);
    }

    private static Tokenizer Build(GgufBytes bytes) => GgufTokenizer.Build(Vocabulary(bytes));

    private static GgufVocabulary Vocabulary(GgufBytes bytes) => GgufVocabulary.Of(GgufHeader.Parse("small.gguf", bytes.ToArray(), bytes.ToArray().Length).Metadata);

    private static string[] Pieces(Tokenizer tokenizer, string text, bool special = false) => [.. tokenizer.Encode(text, special).Select(tokenizer.Piece)];
}
