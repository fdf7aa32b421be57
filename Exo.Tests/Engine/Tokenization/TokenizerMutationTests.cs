using Exo.Engine;
using Exo.Engine.Tokenization;
using Exo.Engine.Tokenization.Json;

namespace Exo.Tests.Engine.Tokenization;

/// <summary>Damaged tokenizer files: each is an error of one line that names the file, or a tokenizer that works.</summary>
public sealed class TokenizerMutationTests
{
    private static readonly string[] Texts = ["hello world 123 <eos>", "🙂 ▁▁ \n\n é中", new('a', 300), new(' ', 300)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Read_SpoiledFile_IsRefusedOrWorks(int kind)
    {
        var right = SmallTokenizers.Bytes(SmallTokenizers.All.ElementAt(kind));

        // An id may be as large as a vocabulary may be: tables of some 4 million entries.
        var accepted = Mutation.Survive(right, count: 250, maxAllocation: 256 << 20, spoiled => Use(TokenizerJson.Parse(spoiled, "spoiled.json")));

        Assert.InRange(accepted, 1, 249);
    }

    [Fact]
    public void Read_FileCutShort_IsRefused()
    {
        var right = SmallTokenizers.Bytes(SmallTokenizers.Metaspace());

        for (var length = 0; length < right.Length; length += 7)
            Assert.Throws<InvalidModelException>(() => TokenizerJson.Parse(right.AsSpan(0, length), "cut.json"));
    }

    [Theory]
    [InlineData("""{"model": 5}""", "model: must be an object")]
    [InlineData("""{}""", "model: is missing")]
    [InlineData("""[]""", "must be a JSON object")]
    [InlineData("""{"model": {"type": "BPE", "merges": []}}""", "model.vocab: is missing")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}}}""", "model.merges: is missing")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""", "model.vocab: the id of piece 0 must be a whole number")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 99999999}, "merges": []}}""", "model.vocab: the id of piece 0 must be a whole number")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}""", "model.merges[0]: \"b\" is not in the vocabulary")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a a a"]}}""", "model.merges[0]: must be two pieces with a space between")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]}}""", "model.merges[0]: must be two pieces")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "u"}}""", "model.unk_token: u is not in the vocabulary")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "byte_fallback": "yes"}}""", "model.byte_fallback: must be true or false")]
    [InlineData("""{"model": {"type": "Lattice", "vocab": {"a": 0}}}""", "model.type: Lattice is no model that is known")]
    [InlineData("""{"normalizer": {"type": "Rot13"}, "model": {"type": "BPE", "vocab": {}, "merges": []}}""", "normalizer.type: Rot13 is no normalizer that is known")]
    [InlineData("""{"decoder": {"type": "CTC"}, "model": {"type": "BPE", "vocab": {}, "merges": []}}""", "decoder.type: CTC is no decoder that is known")]
    [InlineData("""{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"}, "model": {"type": "BPE", "vocab": {}, "merges": []}}""", "pre_tokenizer.pattern.Regex: the pattern can't be read at char 2: missing )")]
    [InlineData("""{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Shredded"}, "model": {"type": "BPE", "vocab": {}, "merges": []}}""", "pre_tokenizer.behavior: must be one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous, and is Shredded")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"\ud800": 0}, "merges": []}}""", "has a value of the wrong kind")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}} {}""", "is no valid JSON")]
    public void Read_Malformed_NamesTheFileThePartAndTheProblem(string json, string message)
    {
        var problem = Assert.Throws<InvalidModelException>(() => TokenizerJson.Parse(System.Text.Encoding.UTF8.GetBytes(json), "/models/x/tokenizer.json"));

        Assert.StartsWith("/models/x/tokenizer.json: " + message, problem.Message);
    }

    [Fact]
    public void Read_NoUtf8_IsRefused() =>
        Assert.Contains("is no valid UTF-8", Assert.Throws<InvalidModelException>(() => TokenizerJson.Parse([(byte)'{', 0xFF, (byte)'}'], "f")).Message);

    [Fact]
    public void Encode_PatternThatBacktracksWithoutEnd_IsAnErrorOfTheFile()
    {
        var tokenizer = SmallTokenizers.Build(SmallTokenizers.ByteLevel(@"(a+)+\z|b"));

        var problem = Assert.Throws<InvalidModelException>(() => tokenizer.Encode(new string('a', 5000) + "!"));

        Assert.StartsWith("small.json: pre_tokenizer: the pattern takes more than", problem.Message);
    }

    [Fact]
    public void Encode_ReplacementThatGrowsTheTextWithoutEnd_IsAnErrorOfTheFile()
    {
        var json = SmallTokenizers.Metaspace();
        json["normalizer"] = SmallTokenizers.Sequence("normalizers", [.. Enumerable.Repeat(0, 5).Select(_ => SmallTokenizers.Replace("a", new string('a', 1000)))]);

        Assert.StartsWith("small.json: normalizer: a replacement makes the text too long", Assert.Throws<InvalidModelException>(() => SmallTokenizers.Build(json).Encode("aaaa")).Message);
    }

    [Fact]
    public void Read_EndlessTexts_AreRefusedOrNeverFound()
    {
        var prefix = SmallTokenizers.Metaspace();
        prefix["normalizer"]!["normalizers"]![0]!["prepend"] = new string('a', 5000);
        Assert.Contains("normalizer.normalizers[0].prepend: is longer than 1024 chars", Assert.Throws<InvalidModelException>(() => SmallTokenizers.Build(prefix)).Message);

        var added = SmallTokenizers.Metaspace();
        added["added_tokens"]!.AsArray().Add(SmallTokenizers.Added(900, new string('a', 5000), special: true));
        Assert.DoesNotContain(900, SmallTokenizers.Build(added).Encode(new string('a', 5000)));
    }

    private static void Use(Tokenizer tokenizer)
    {
        foreach (var text in Texts)
            tokenizer.Decode(tokenizer.Encode(text), skipSpecialTokens: false);
        for (var id = -1; id < Math.Min(tokenizer.VocabSize, 400); id++)
            tokenizer.Decode([id, id]);
    }
}
