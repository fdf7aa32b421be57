using Exo.Engine.Weights.Gguf;

namespace Exo.Engine.Tokenization.Gguf;

/// <summary>
/// What a GGUF file says of its tokenizer: the values of its <c>tokenizer.ggml.*</c> keys, null where one is missing. Where ids of special tokens are missing,
/// llama.cpp's take their place.
/// </summary>
internal sealed record GgufVocabulary
{
    /// <summary>The file, for messages.</summary>
    public required string File { get; init; }

    /// <summary>gpt2, llama, bert or t5.</summary>
    public required string Model { get; init; }

    /// <summary>The name of the pre-tokenizer.</summary>
    public string? Pre { get; init; }

    /// <summary>The model's own name; some quirks hang on it.</summary>
    public string? Name { get; init; }

    public required GgufStrings Tokens { get; init; }

    /// <summary>A <see cref="GgufTokenType"/> for each token.</summary>
    public int[]? Types { get; init; }

    /// <summary>A score for each token.</summary>
    public float[]? Scores { get; init; }

    public GgufStrings? Merges { get; init; }

    public byte[]? CharsMap { get; init; }

    public int? BosId { get; init; }

    public int? EosId { get; init; }

    public int? UnknownId { get; init; }

    public int? SeparatorId { get; init; }

    public int? ClassId { get; init; }

    public bool? AddBos { get; init; }

    public bool? AddEos { get; init; }

    public bool? AddSeparator { get; init; }

    public bool? AddSpacePrefix { get; init; }

    public bool? RemoveExtraWhitespace { get; init; }

    public bool? Lowercase { get; init; }

    public bool? StripAccents { get; init; }

    /// <exception cref="InvalidModelException">The vocabulary is missing, or a key is not what it must be.</exception>
    public static GgufVocabulary Of(GgufMetadata metadata)
    {
        const string Keys = "tokenizer.ggml.";
        var tokens = metadata.Strings(Keys + "tokens") ?? throw Invalid("tokens", "is missing: the file has no vocabulary");
        if (tokens.Count > Vocabulary.MaxIds)
            throw Invalid("tokens", $"has {tokens.Count} tokens; at most {Vocabulary.MaxIds} are supported");
        var model = metadata.Text(Keys + "model") ?? throw Invalid("model", "is missing");
        var types = OneEach(metadata.Integers(Keys + "token_type"), "token_type");
        var (bos, eos, unknown) = Defaults();
        return new()
        {
            File = metadata.Path,
            Model = model,
            Pre = metadata.Text(Keys + "pre"),
            Name = metadata.Text("general.name"),
            Tokens = tokens,
            Types = types,
            Scores = OneEach(metadata.Floats(Keys + "scores"), "scores"),
            Merges = metadata.Strings(Keys + "merges"),
            CharsMap = metadata.Bytes(Keys + "precompiled_charsmap"),
            BosId = Id("bos_token_id") ?? bos,
            EosId = Id("eos_token_id") ?? eos,
            UnknownId = Id("unknown_token_id") ?? unknown,
            SeparatorId = Id("seperator_token_id"), // The format's spelling.
            ClassId = Id("cls_token_id"),
            AddBos = metadata.Flag(Keys + "add_bos_token"),
            AddEos = metadata.Flag(Keys + "add_eos_token"),
            AddSeparator = metadata.Flag(Keys + "add_sep_token"),
            AddSpacePrefix = metadata.Flag(Keys + "add_space_prefix"),
            RemoveExtraWhitespace = metadata.Flag(Keys + "remove_extra_whitespaces"),
            Lowercase = metadata.Flag(Keys + "normalizer.lowercase"),
            StripAccents = metadata.Flag(Keys + "normalizer.strip_accents"),
        };

        // llama.cpp disregards an id beyond the vocabulary; so do we.
        int? Id(string key) => metadata.Number(Keys + key) is >= 0 and var id && id < tokens.Count ? (int)id : null;

        // llama.cpp's too. Byte-level vocabularies' is Falcon's <|endoftext|>; in most others 11 is a comma, which neither begins nor ends a text.
        (int? Bos, int? Eos, int? Unknown) Defaults() => model switch
        {
            "llama" => (Present(1), Present(2), Present(0)),
            "gpt2" or "gemma4" when types is not null && Present(11) is { } id && (GgufTokenType)types[id] == GgufTokenType.Control => (id, id, null),
            _ => (null, null, null),
        };

        int? Present(int id) => id < tokens.Count ? id : null;

        T[]? OneEach<T>(T[]? values, string key) =>
            values is null || values.Length >= tokens.Count ? values : throw Invalid(key, $"has {values.Length} entries for {tokens.Count} tokens");

        InvalidModelException Invalid(string key, string problem) => new(metadata.Path, Keys + key, problem);
    }

    public GgufTokenType TypeOf(int id) => Types is null ? GgufTokenType.Normal : (GgufTokenType)Types[id];
}

/// <summary>llama.cpp's kinds of tokens.</summary>
internal enum GgufTokenType
{
    Undefined = 0,
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
