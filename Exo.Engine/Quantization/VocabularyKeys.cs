using System.Text;
using System.Text.Json;
using Exo.Engine.Models;
using Exo.Engine.Tokenization.Gguf;
using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Quantization;

/// <summary>
/// A folder's tokenizer as GGUF has it: byte-level BPE as "gpt2" with merges and the name of its pre-tokenizer, SentencePiece's BPE as "llama"
/// with scores. What GGUF cannot express is refused.
/// </summary>
internal sealed class VocabularyKeys
{
    private const string Keys = "tokenizer.ggml.";

    private readonly GgufWriter _writer;
    private readonly ModelFiles _files;
    private readonly string _path;
    private readonly JsonElement _root, _model;
    private readonly bool _isSentencePiece;

    private VocabularyKeys(GgufWriter writer, ModelFiles files, string path, JsonElement root)
    {
        (_writer, _files, _path, _root) = (writer, files, path, root);
        _model = root.GetProperty("model");
        _isSentencePiece = _model.TryGetProperty("byte_fallback", out var fallback) && fallback.ValueKind == JsonValueKind.True;
    }

    /// <exception cref="InvalidModelException">The tokenizer is none that GGUF can express.</exception>
    public static void Write(GgufWriter writer, ModelFiles files)
    {
        var path = Path.Combine(files.Path, "tokenizer.json");
        _ = files.Tokenizer; // refuses what is malformed, so what follows may lean on it
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            new VocabularyKeys(writer, files, path, document.RootElement).WriteAll();
        }
        catch (Exception problem) when (problem is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidModelException(path, null, "is no tokenizer that GGUF can express", problem);
        }
    }

    private void WriteAll()
    {
        if (_model.TryGetProperty("type", out var type) && type.GetString() != "BPE") throw Invalid("model.type", $"{type.GetString()} cannot be written as GGUF; BPE can");
        var merges = Merges();
        _writer.Text(Keys + "model", _isSentencePiece ? "llama" : "gpt2");
        _writer.Text(Keys + "pre", _isSentencePiece ? "default" : PreTokenizerNames.Find(_root) ?? throw Invalid("pre_tokenizer", "has no name in GGUF, so llama.cpp could not split words as it does"));
        WriteTokens(merges);
        if (!_isSentencePiece) _writer.Texts(Keys + "merges", [.. merges.Select(merge => Encoding.UTF8.GetBytes($"{merge.Left} {merge.Right}"))]);
        else _writer.Flag(Keys + "add_space_prefix", AddsSpace());
        WriteSpecials();
        if (_files.ChatTemplateSource is { } template) _writer.Text("tokenizer.chat_template", template);
    }

    private List<(string Left, string Right)> Merges()
    {
        var merges = new List<(string Left, string Right)>();
        foreach (var merge in _model.GetProperty("merges").EnumerateArray())
        {
            if (merge.ValueKind == JsonValueKind.Array) merges.Add((merge[0].GetString()!, merge[1].GetString()!));
            else if (merge.GetString()!.Split(' ') is [var left, var right]) merges.Add((left, right));
            else throw Invalid("model.merges", "holds an entry that is no pair");
        }
        return merges;
    }

    private void WriteTokens(List<(string Left, string Right)> merges)
    {
        var count = _files.Spec.VocabSize;
        var (pieces, types) = (new string?[count], new int[count]);
        foreach (var piece in _model.GetProperty("vocab").EnumerateObject()) Put(piece.Value.GetInt32(), piece.Name, TypeOf(piece.Name));
        if (_root.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array)
            foreach (var token in added.EnumerateArray())
                Put(token.GetProperty("id").GetInt32(), token.GetProperty("content").GetString()!, IsUnknown(token) ? GgufTokenType.Unknown : token.GetProperty("special").GetBoolean() ? GgufTokenType.Control : GgufTokenType.UserDefined);
        for (var id = 0; id < count; id++)
            if (pieces[id] is null) (pieces[id], types[id]) = ($"[PAD{id}]", (int)GgufTokenType.Unused);

        _writer.Texts(Keys + "tokens", [.. pieces.Select(piece => Encoding.UTF8.GetBytes(piece!))]);
        _writer.Integers(Keys + "token_type", types);
        if (_isSentencePiece) _writer.Floats(Keys + "scores", Scores(pieces!, merges));

        void Put(int id, string piece, GgufTokenType type)
        {
            if ((uint)id >= (uint)count) throw Invalid("vocab", $"token {id} is beyond the model's {count} embeddings");
            (pieces[id], types[id]) = (piece, (int)type);
        }
    }

    private GgufTokenType TypeOf(string piece) => _isSentencePiece && piece.Length == 6 && piece.StartsWith("<0x", StringComparison.Ordinal) && piece[5] == '>' ? GgufTokenType.Byte : GgufTokenType.Normal;

    private bool IsUnknown(JsonElement token) =>
        _isSentencePiece && _model.TryGetProperty("unk_token", out var unknown) && unknown.ValueKind == JsonValueKind.String && unknown.GetString() == token.GetProperty("content").GetString();

    /// <summary>SentencePiece joins what has the highest score: the earlier a piece is merged, the higher.</summary>
    private static float[] Scores(string[] pieces, List<(string Left, string Right)> merges)
    {
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (left, right) in merges) ranks.TryAdd(left + right, ranks.Count);
        return [.. pieces.Select(piece => ranks.TryGetValue(piece, out var rank) ? -rank : -(float)ranks.Count)];
    }

    /// <summary>A space goes before the text's first word.</summary>
    private bool AddsSpace() => Parts(_root, "normalizer", "normalizers").Any(part => part.GetProperty("type").GetString() == "Prepend")
        || Parts(_root, "pre_tokenizer", "pretokenizers").Any(part => part.GetProperty("type").GetString() == "Metaspace"
            && (part.TryGetProperty("prepend_scheme", out var scheme) ? scheme.GetString() != "never" : !part.TryGetProperty("add_prefix_space", out var adds) || adds.GetBoolean()));

    private void WriteSpecials()
    {
        var (tokenizer, texts, defaults) = (_files.Tokenizer, _files.SpecialTokens, _files.Generation);
        var bos = tokenizer.BosId ?? IdOf(texts.Bos) ?? defaults.BosTokenId;
        var eos = IdOf(texts.Eos) ?? (defaults.EosTokenIds.Count > 0 ? defaults.EosTokenIds[0] : tokenizer.EosId);
        Id("bos_token_id", bos);
        Id("eos_token_id", eos);
        Id("eot_token_id", defaults.EosTokenIds.Where(id => id != eos).Select(id => (int?)id).FirstOrDefault());
        Id("padding_token_id", IdOf(texts.Pad));
        Id("unknown_token_id", IdOf(texts.Unknown));
        _writer.Flag(Keys + "add_bos_token", tokenizer.BosId is not null);
        _writer.Flag(Keys + "add_eos_token", tokenizer.EosId is not null);

        int? IdOf(string? text) => text is null ? null : tokenizer.IdOf(text);

        void Id(string key, int? id)
        {
            if (id is { } known) _writer.UInt32(Keys + key, (uint)known);
        }
    }

    private InvalidModelException Invalid(string part, string problem) => new(_path, part, problem);

    /// <summary>A step, or the steps of a sequence.</summary>
    internal static IEnumerable<JsonElement> Parts(JsonElement root, string name, string list)
    {
        if (!root.TryGetProperty(name, out var part) || part.ValueKind != JsonValueKind.Object) return [];
        return part.TryGetProperty(list, out var steps) && steps.ValueKind == JsonValueKind.Array ? steps.EnumerateArray() : [part];
    }
}
