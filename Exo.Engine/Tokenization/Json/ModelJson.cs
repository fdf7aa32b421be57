using System.Runtime.CompilerServices;
using System.Text.Json;
using Exo.Engine.Tokenization.Models;

namespace Exo.Engine.Tokenization.Json;

/// <summary>Reads a tokenizer.json's "model" as it streams by.</summary>
internal sealed class ModelJson(string file)
{
    private readonly Dictionary<string, object?> _settings = new(StringComparer.Ordinal);
    private readonly List<double> _scores = [];
    private Vocabulary? _vocabulary;
    private MergeTable? _merges;

    /// <summary>Whether the words may come as bytes: a BPE that adds nothing to its characters.</summary>
    public bool MayTakeBytes => Type == "BPE" && Affix("continuing_subword_prefix") is null && Affix("end_of_word_suffix") is null;

    private string Type => Text("type") ?? (_merges is not null ? "BPE" : _scores.Count > 0 ? "Unigram" : "WordPiece");

    /// <summary>Reads the object that begins at the reader's token.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Invalid(null, "must be an object");

        // Merges are resolved against the vocabulary, so where they come first they wait.
        Utf8JsonReader later = default;
        var mergesWait = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "vocab":
                    var isList = reader.TokenType == JsonTokenType.StartArray;
                    _vocabulary = isList ? ReadScoredVocabulary(ref reader) : ReadVocabulary(ref reader);
                    break;
                case "merges" when _vocabulary is not null && _settings.ContainsKey("continuing_subword_prefix"):
                    _merges = MergesJson.Read(ref reader, file, _vocabulary, Affix("continuing_subword_prefix"));
                    break;
                case "merges":
                    later = reader;
                    mergesWait = true;
                    reader.Skip();
                    break;
                default:
                    _settings[name] = ReadSetting(ref reader);
                    break;
            }
        }
        if (_vocabulary is null)
            throw Invalid("vocab", "is missing");
        if (mergesWait)
            _merges = MergesJson.Read(ref later, file, _vocabulary, Affix("continuing_subword_prefix"));
    }

    /// <param name="takesBytes">Whether the words come as bytes.</param>
    public TokenModel Build(bool takesBytes) => Type switch
    {
        "BPE" => new BpeModel(_vocabulary!, _merges ?? throw Invalid("merges", "is missing"), new BpeOptions
        {
            TakesBytes = takesBytes,
            ByteFallback = Flag("byte_fallback"),
            IgnoreMerges = Flag("ignore_merges"),
            FuseUnknown = Flag("fuse_unk"),
            UnknownId = Text("unk_token") is { } unknown ? IdOf("unk_token", unknown) : null,
            ContinuingPrefix = Affix("continuing_subword_prefix"),
            EndOfWordSuffix = Affix("end_of_word_suffix"),
        }),
        "Unigram" when _scores.Count > 0 => new UnigramModel(_vocabulary!, [.. _scores], UnknownPlace(), Flag("byte_fallback")),
        "Unigram" => throw Invalid("vocab", "must be a list of pieces and scores"),
        "WordPiece" => new WordPieceModel(
            _vocabulary!,
            firstPrefix: "",
            continuingPrefix: Affix("continuing_subword_prefix") ?? "##",
            IdOf("unk_token", Text("unk_token") ?? "[UNK]"),
            Number("max_input_chars_per_word") ?? 100),
        var other => throw Invalid("type", $"{other} is no model that is known"),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vocabulary ReadVocabulary(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Invalid("vocab", "must be an object of pieces and ids, or a list of pieces and scores");
        var builder = new VocabularyBuilder();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // The reader gives the raw bytes where nothing is escaped; room for the longest is reserved either way.
            var piece = builder.Reserve(reader.ValueSpan.Length);
            var length = reader.CopyString(piece);
            if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id) || (uint)id >= Vocabulary.MaxIds)
                throw Invalid("vocab", $"the id of piece {builder.Count} must be a whole number from 0 to {Vocabulary.MaxIds - 1}");
            builder.Commit(length, id);
        }
        return builder.Build();
    }

    /// <summary>[["piece", score], …]: the id is the place in the list.</summary>
    private Vocabulary ReadScoredVocabulary(ref Utf8JsonReader reader)
    {
        var builder = new VocabularyBuilder();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            if (builder.Count == Vocabulary.MaxIds)
                throw Invalid("vocab", $"has more than {Vocabulary.MaxIds} pieces");
            var ok = reader.Read() && reader.TokenType == JsonTokenType.String;
            var length = ok ? reader.CopyString(builder.Reserve(reader.ValueSpan.Length)) : 0;
            if (!ok || !reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out var score)
                || !reader.Read() || reader.TokenType != JsonTokenType.EndArray)
                throw Invalid($"vocab[{builder.Count}]", "must be a piece and its score");
            builder.Commit(length, builder.Count);
            _scores.Add(score);
        }
        return reader.TokenType == JsonTokenType.EndArray ? builder.Build() : throw Invalid($"vocab[{builder.Count}]", "must be a piece and its score");
    }

    private static object? ReadSetting(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            case JsonTokenType.Number:
                return reader.GetDouble();
            default:
                reader.Skip();
                return null;
        }
    }

    private string? Text(string name) => Setting<string>(name, "a string");

    private string? Affix(string name) => Text(name) switch
    {
        null or "" => null,
        { Length: <= 64 } affix => affix,
        _ => throw Invalid(name, "is longer than 64 chars"),
    };

    private bool Flag(string name) => _settings.GetValueOrDefault(name) is not null && Setting<bool>(name, "true or false");

    private int? Number(string name)
    {
        if (_settings.GetValueOrDefault(name) is null)
            return null;
        return Setting<double>(name, "a number") is >= 0 and <= int.MaxValue and var number ? (int)number : throw Invalid(name, "is out of range");
    }

    private T? Setting<T>(string name, string kind) => _settings.GetValueOrDefault(name) switch
    {
        null => default,
        T value => value,
        _ => throw Invalid(name, $"must be {kind}"),
    };

    private int IdOf(string name, string piece) =>
        _vocabulary!.Find(piece) is >= 0 and var id ? id : throw Invalid(name, $"{piece} is not in the vocabulary");

    private int? UnknownPlace()
    {
        var place = Number("unk_id");
        return place is null || place < _scores.Count ? place : throw Invalid("unk_id", $"must be below {_scores.Count}, and is {place}");
    }

    private InvalidModelException Invalid(string? part, string problem) => new(file, part is null ? "model" : $"model.{part}", problem);
}
