using System.Text.Json.Nodes;
using Exo.Engine;
using Exo.Engine.Tokenization;

namespace Exo.Tests.Engine.Tokenization;

public sealed class TokenizerTests
{
    private readonly Tokenizer _bytes = SmallTokenizers.Build(SmallTokenizers.ByteLevel());
    private readonly Tokenizer _metaspace = SmallTokenizers.Build(SmallTokenizers.Metaspace());

    [Fact]
    public void Encode_ByteLevel_MergesByRankWithinWords() =>
        Assert.Equal(["hello", "Ġworld", "!"], Pieces(_bytes, "hello world!"));

    [Fact]
    public void Encode_AlsoWithSpecialTokens_FollowsTheTemplate()
    {
        Assert.Equal(["<bos>", "hello"], _bytes.Encode("hello").Select(_bytes.Piece));
        Assert.Equal((271, (int?)null), (_bytes.BosId, _bytes.EosId));
        Assert.Equal([271], _bytes.Encode(""));
        Assert.Equal([1, 2], SmallTokenizers.Build(SmallTokenizers.WordPiece()).Encode(""));
    }

    [Fact]
    public void Encode_SpecialTokenInTheText_IsRecognisedOnlyWhereAsked()
    {
        Assert.Equal(["h", "<eos>", "h"], Pieces(_bytes, "h<eos>h"));

        var literally = _bytes.Encode("h<eos><tool>", addSpecialTokens: false, parseSpecialTokens: false);

        Assert.Equal(["h", "<", "e", "o", "s", ">", "<tool>"], literally.Select(_bytes.Piece));
        Assert.Equal("h<eos><tool>", _bytes.Decode(literally));
    }

    [Theory]
    [InlineData("h \t <|>\n h", "h <|> h")] // Strips on both sides.
    [InlineData("word", "word")]
    [InlineData("a word!", "a Ġ word !")]
    [InlineData("aword", "a w o r d")] // A word character touches it.
    [InlineData("wordé", "w o r d Ã ©")]
    [InlineData("word\u200D", "w o r d â Ģ į")] // So does a joiner.
    [InlineData("<tool><tool", "<tool> < t o o l")]
    public void Encode_AddedTokens_FollowTheirFlags(string text, string pieces)
    {
        var json = SmallTokenizers.ByteLevel();
        json["model"]!["merges"] = new JsonArray();

        Assert.Equal(pieces, string.Join(' ', Pieces(SmallTokenizers.Build(json), text)));
    }

    [Fact]
    public void Encode_NormalizedAddedToken_IsFoundInTheNormalizedText()
    {
        var json = SmallTokenizers.ByteLevel();
        json["normalizer"] = new JsonObject { ["type"] = "Lowercase" };
        json["added_tokens"] = new JsonArray(SmallTokenizers.Added(300, "Hey", special: false, normalized: true), SmallTokenizers.Added(301, "YOU", special: false));
        var tokenizer = SmallTokenizers.Build(json);

        Assert.Equal([300, 301, 300], tokenizer.Encode("HEYYOUhey", addSpecialTokens: false));
        Assert.Equal(302, tokenizer.VocabSize);
    }

    [Fact]
    public void Encode_IgnoreMerges_TakesAWholeWordThatIsAToken()
    {
        var json = SmallTokenizers.ByteLevel();
        json["model"]!["vocab"]!["Ġhere"] = 400;

        Assert.NotEqual([400], SmallTokenizers.Build(json).Encode(" here", addSpecialTokens: false));
        json["model"]!["ignore_merges"] = true;
        Assert.Equal([400], SmallTokenizers.Build(json).Encode(" here", addSpecialTokens: false));
    }

    [Fact]
    public void Encode_Metaspace_FallsBackToBytes()
    {
        Assert.Equal(["▁hello", "▁wor", "l", "d"], Pieces(_metaspace, "hello world"));
        Assert.Equal(["▁", "<0xE4>", "<0xB8>", "<0xAD>", "é"], Pieces(_metaspace, "中é"));
        Assert.Equal(["▁he", "<s>", "▁he"], Pieces(_metaspace, "he<s>he"));
    }

    [Theory]
    [InlineData("always", "▁he <unk> ▁he")]
    [InlineData("first", "▁he <unk> h e")]
    [InlineData("never", "h e <unk> h e")]
    public void Encode_PrependScheme_SaysWhereTheDummySpaceGoes(string scheme, string pieces)
    {
        var json = SmallTokenizers.Unigram();
        json["pre_tokenizer"] = SmallTokenizers.Metaspace(scheme);

        Assert.Equal(pieces, string.Join(' ', Pieces(SmallTokenizers.Build(json), "he<unk>he")));
    }

    [Fact]
    public void Encode_Unigram_TakesTheBestSumOfScores()
    {
        var tokenizer = SmallTokenizers.Build(SmallTokenizers.Unigram());

        Assert.Equal(["▁he", "llo"], Pieces(tokenizer, "hello")); // -8.5 beats -9.
        Assert.Equal(["▁he", "ll", "<unk>"], Pieces(tokenizer, "hell☃☃")); // Neighbouring unknowns are one.
        Assert.Equal("unigram, 12 tokens", tokenizer.Kind);
    }

    [Fact]
    public void Encode_WordPiece_TakesTheLongestPieceOrTheUnknown()
    {
        var tokenizer = SmallTokenizers.Build(SmallTokenizers.WordPiece());

        Assert.Equal(["he", "##llo", ",", "wor", "##ld", "!"], Pieces(tokenizer, "Héllo,  WORLD!"));
        Assert.Equal(["[UNK]", "中", "he"], Pieces(tokenizer, "hex中he"));
        Assert.Equal("hello, world!", tokenizer.Decode(tokenizer.Encode("Hello, world!")));
    }

    [Theory]
    [InlineData("Whitespace", "a²\u200Cb, c", "a|²|\u200Cb|,|c")] // Rust's \w: joiners are word characters, superscripts are not.
    [InlineData("WhitespaceSplit", "a,\u3000b c", "a,|b|c")]
    [InlineData("Punctuation", "a,b¿c$", "a|,|b|¿|c|$")]
    [InlineData("Digits", "a12½b", "a|12½|b")]
    [InlineData("BertPreTokenizer", " a,b  c", "a|,|b|c")]
    public void Encode_PreTokenizers_SplitWhereTheySay(string type, string text, string words)
    {
        var json = SmallTokenizers.ByteLevel();
        json["pre_tokenizer"] = new JsonObject { ["type"] = type };
        json["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = new JsonObject(), ["merges"] = new JsonArray(), ["ignore_merges"] = true };
        foreach (var word in words.Split('|').Distinct())
            json["model"]!["vocab"]![word] = json["model"]!["vocab"]!.AsObject().Count;

        Assert.Equal(words.Split('|'), Pieces(SmallTokenizers.Build(json), text));
    }

    [Fact]
    public void Encode_ByteLevelWithinASequence_SpellsBeforeTheNextStep()
    {
        // As Falcon: digits are looked for in the spelled text, where the bytes B2 and B9 are superscripts.
        var json = SmallTokenizers.ByteLevel();
        json["model"]!["merges"] = new JsonArray("Ð ²");
        json["model"]!["vocab"]!["Ð²"] = 400;
        Assert.Equal([400], SmallTokenizers.Build(json).Encode("в", addSpecialTokens: false));

        json["pre_tokenizer"] = SmallTokenizers.Sequence("pretokenizers", new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false }, new() { ["type"] = "Digits" });
        var falcon = SmallTokenizers.Build(json);

        Assert.Equal(["Ð", "²"], Pieces(falcon, "в"));
        Assert.Equal("в", falcon.Decode(falcon.Encode("в")));
    }

    [Fact]
    public void Encode_HalfASurrogatePair_IsTheReplacementCharacter() =>
        Assert.Equal("a\uFFFDb\uFFFD", _bytes.Decode(_bytes.Encode("a\uD83Db\uDE42")));

    [Fact]
    public void Decode_SpecialTokens_AreSkippedUnlessAskedFor()
    {
        int[] ids = [271, .. _bytes.Encode("hello", addSpecialTokens: false), 273, 272];

        Assert.Equal("hello<tool>", _bytes.Decode(ids));
        Assert.Equal("<bos>hello<tool><eos>", _bytes.Decode(ids, skipSpecialTokens: false));
    }

    [Fact]
    public void Decode_IdsThatAreNoTokens_AddNothing()
    {
        Assert.Equal("h", _bytes.Decode([-1, 'h', 99_999, int.MaxValue, int.MinValue]));
        Assert.Equal("", _bytes.Piece(-1));
        Assert.True(_bytes.Bytes(1 << 30).IsEmpty);
        Assert.False(_bytes.IsSpecial(-7));
    }

    [Fact]
    public void PieceIdOfBytes_AgreeForEveryId()
    {
        foreach (var tokenizer in SmallTokenizers.All.Select(SmallTokenizers.Build))
            for (var id = 0; id < tokenizer.VocabSize; id++)
            {
                Assert.Equal(id, tokenizer.IdOf(tokenizer.Piece(id)));
                Assert.False(tokenizer.Bytes(id).IsEmpty);
            }
        Assert.Null(_bytes.IdOf("no such piece"));
        Assert.Equal([0xF0, 0x9F], _bytes.Bytes(_bytes.IdOf("ðŁ")!.Value).ToArray());
        Assert.Equal([0xC3], _metaspace.Bytes(_metaspace.IdOf("<0xC3>")!.Value).ToArray());
        Assert.Equal(" he"u8.ToArray(), _metaspace.Bytes(_metaspace.IdOf("▁he")!.Value).ToArray());
    }

    [Fact]
    public void FromJson_NoSuchFile_SaysSo()
    {
        var path = Path.Combine(Path.GetTempPath(), "exo-no-such-folder", "tokenizer.json");

        Assert.StartsWith(path + ": the file is missing", Assert.Throws<InvalidModelException>(() => Tokenizer.FromJson(path)).Message);
    }

    [Fact]
    public void Encode_FromManyThreads_GivesTheSameIds()
    {
        var text = string.Concat(Enumerable.Range(0, 500).Select(i => $"hello {i} wörld <tool> "));
        var expected = _bytes.Encode(text);

        Parallel.For(0, 16, _ => Assert.Equal(expected, _bytes.Encode(text)));
    }

    private static IEnumerable<string> Pieces(Tokenizer tokenizer, string text) => tokenizer.Encode(text, addSpecialTokens: false).Select(tokenizer.Piece);
}
