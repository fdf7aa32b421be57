using System.Text;
using System.Text.Json.Nodes;
using Exo.Engine.Tokenization;
using Exo.Engine.Tokenization.Json;
using Exo.Engine.Tokenization.Patterns;

namespace Exo.Tests.Engine.Tokenization;

/// <summary>Tokenizers small enough to be written down here, one of each kind.</summary>
internal static class SmallTokenizers
{
    public static Tokenizer Build(JsonObject json) => TokenizerJson.Parse(Bytes(json), "small.json");

    public static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    /// <summary>All bytes, a few merges, Llama-3's split, a bos token by template, and added tokens of each kind.</summary>
    public static JsonObject ByteLevel(string pattern = KnownPatterns.Llama3)
    {
        var vocabulary = new JsonObject();
        for (var value = 0; value < 256; value++)
            vocabulary[Exo.Engine.Tokenization.ByteAlphabet.CharOf((byte)value).ToString()] = value;
        string[] merges = ["h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "Ġwor l", "Ġworl d", "Ð ¿", "ð Ł", "ðŁ ĺ", "Ġ Ġ", "ĠĠ ĠĠ", "1 2"];
        foreach (var merge in merges)
            vocabulary[merge.Replace(" ", "", StringComparison.Ordinal)] = vocabulary.Count;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(
                Added(271, "<bos>", special: true),
                Added(272, "<eos>", special: true),
                Added(273, "<tool>", special: false),
                Added(274, "<|>", special: true, leftStrip: true, rightStrip: true),
                Added(275, "word", special: false, singleWord: true)),
            ["pre_tokenizer"] = Sequence("pretokenizers", Split(pattern), new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = false }),
            ["post_processor"] = Template("<bos>", 271),
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["continuing_subword_prefix"] = null, ["vocab"] = vocabulary, ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)merge)]) },
        };
    }

    /// <summary>As Llama-2: ▁ for spaces, one before the text, bytes for what is no token.</summary>
    public static JsonObject Metaspace()
    {
        var vocabulary = new JsonObject { ["<unk>"] = 0, ["<s>"] = 1, ["</s>"] = 2 };
        for (var value = 0; value < 256; value++)
            vocabulary[$"<0x{value:X2}>"] = vocabulary.Count;
        foreach (var piece in "▁ h e l o w r d a b é".Split(' '))
            vocabulary[piece] = vocabulary.Count;
        string[][] merges = [["h", "e"], ["l", "l"], ["▁", "he"], ["▁he", "ll"], ["▁hell", "o"], ["▁", "▁"], ["▁", "w"], ["o", "r"], ["▁w", "or"]];
        foreach (var merge in merges)
            vocabulary[string.Concat(merge)] = vocabulary.Count;
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added(0, "<unk>", special: true), Added(1, "<s>", special: true), Added(2, "</s>", special: true)),
            ["normalizer"] = Sequence("normalizers", new JsonObject { ["type"] = "Prepend", ["prepend"] = "▁" }, Replace(" ", "▁")),
            ["post_processor"] = Template("<s>", 1),
            ["decoder"] = Sequence("decoders", Replace("▁", " "), new JsonObject { ["type"] = "ByteFallback" }, new JsonObject { ["type"] = "Fuse" }, new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 }),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["unk_token"] = "<unk>",
                ["continuing_subword_prefix"] = null,
                ["fuse_unk"] = true,
                ["byte_fallback"] = true,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)new JsonArray(merge[0], merge[1]))]),
            },
        };
    }

    /// <summary>Scored pieces, with the ▁ put before by a pre-tokenizer and taken away by a decoder of the same name.</summary>
    public static JsonObject Unigram()
    {
        (string Piece, double Score)[] pieces = [("<unk>", 0), ("▁", -3), ("▁he", -4), ("ll", -4), ("llo", -4.5), ("h", -6), ("e", -6), ("l", -6), ("o", -6), ("▁hello", -9), ("é", -7), ("▁wor", -5)];
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added(0, "<unk>", special: true)),
            ["pre_tokenizer"] = Metaspace("always"),
            ["decoder"] = Metaspace("always"),
            ["model"] = new JsonObject { ["type"] = "Unigram", ["unk_id"] = 0, ["vocab"] = new JsonArray([.. pieces.Select(piece => (JsonNode)new JsonArray(piece.Piece, piece.Score))]) },
        };
    }

    /// <summary>As BERT, in lower case.</summary>
    public static JsonObject WordPiece()
    {
        var vocabulary = new JsonObject();
        foreach (var piece in "[UNK] [CLS] [SEP] he ##llo wor ##ld h ##e ##l ##o , ! e 中".Split(' '))
            vocabulary[piece] = vocabulary.Count;
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added(0, "[UNK]", special: true), Added(1, "[CLS]", special: true), Added(2, "[SEP]", special: true)),
            ["normalizer"] = new JsonObject { ["type"] = "BertNormalizer" },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "BertPreTokenizer" },
            ["post_processor"] = new JsonObject { ["type"] = "BertProcessing", ["sep"] = new JsonArray("[SEP]", 2), ["cls"] = new JsonArray("[CLS]", 1) },
            ["decoder"] = new JsonObject { ["type"] = "WordPiece" },
            ["model"] = new JsonObject { ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["vocab"] = vocabulary },
        };
    }

    public static IEnumerable<JsonObject> All => [ByteLevel(), Metaspace(), Unigram(), WordPiece()];

    public static JsonObject Split(string pattern, string behavior = "Isolated", bool invert = false) =>
        new() { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = behavior, ["invert"] = invert };

    public static JsonObject Metaspace(string scheme, bool split = true) =>
        new() { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = scheme, ["split"] = split };

    public static JsonObject Replace(string literal, string content) =>
        new() { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = literal }, ["content"] = content };

    public static JsonObject Sequence(string member, params JsonObject[] steps) => new() { ["type"] = "Sequence", [member] = new JsonArray([.. steps]) };

    public static JsonObject Added(int id, string content, bool special, bool singleWord = false, bool leftStrip = false, bool rightStrip = false, bool normalized = false) => new()
    {
        ["id"] = id, ["content"] = content, ["single_word"] = singleWord, ["lstrip"] = leftStrip, ["rstrip"] = rightStrip, ["normalized"] = normalized, ["special"] = special,
    };

    private static JsonObject Template(string token, int id) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 } }, new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }),
        ["special_tokens"] = new JsonObject { [token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) } },
    };
}
