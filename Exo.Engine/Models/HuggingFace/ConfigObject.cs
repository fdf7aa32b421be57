using System.Text.Json;
using System.Text.Unicode;

namespace Exo.Engine.Models.HuggingFace;

/// <summary>
/// One object of a JSON configuration file. Every value is checked as it is read, and a bad one is an
/// <see cref="InvalidModelException"/> naming the file and the key with its path ("rope_scaling.factor").
/// </summary>
internal sealed class ConfigObject
{
    private const int MaxByteCount = 16 << 20;

    private readonly JsonElement _element;
    private readonly string _prefix;

    private ConfigObject(string file, string prefix, JsonElement element)
    {
        File = file;
        _prefix = prefix;
        _element = element;
    }

    /// <summary>The file's path.</summary>
    public string File { get; }

    /// <exception cref="InvalidModelException">The file is missing, too long or holds no JSON object.</exception>
    public static ConfigObject Load(string file)
    {
        try
        {
            var length = new FileInfo(file).Length;
            if (length > MaxByteCount) throw new InvalidModelException(file, null, $"is {length} bytes long; at most {MaxByteCount} are accepted");
            return Parse(file, System.IO.File.ReadAllBytes(file));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            var missing = problem is FileNotFoundException or DirectoryNotFoundException;
            throw new InvalidModelException(file, null, missing ? "the file is missing" : $"cannot be read: {problem.Message}", problem);
        }
    }

    /// <exception cref="InvalidModelException">The text is no JSON object.</exception>
    public static ConfigObject Parse(string file, ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span)) throw new InvalidModelException(file, null, "is not UTF-8");
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ConfigObject(file, "", document.RootElement.Clone())
                : throw new InvalidModelException(file, null, "is no JSON object");
        }
        catch (JsonException problem)
        {
            throw new InvalidModelException(file, null, $"is not valid JSON: {problem.Message}", problem);
        }
    }

    /// <summary>The keys, in the file's order.</summary>
    public IEnumerable<string> Keys => _element.EnumerateObject().Select(property => property.Name);

    /// <summary>The key is there, be its value null.</summary>
    public bool Has(string key) => _element.TryGetProperty(key, out _);

    /// <summary>The key is there and its value is not null.</summary>
    public bool HasValue(string key) => Find(key) is not null;

    /// <summary>A whole number, or null where the key is absent or null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="min">The least value accepted.</param>
    /// <param name="max">The greatest value accepted.</param>
    public int? Int(string key, int min, int max)
    {
        if (Find(key) is not { } value) return null;
        // Some writers put 4096.0 for 4096.
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || Math.Floor(number) != number)
            throw Bad(key, $"is {Shown(value)}, not a whole number");
        if (number < min || number > max) throw Bad(key, $"is {Shown(value)}, not between {min} and {max}");
        return (int)number;
    }

    /// <summary>A number above <paramref name="above"/>, or from it on, and at most <paramref name="max"/>; null where the key is absent or null.</summary>
    public double? Number(string key, double above, double max, bool orEqual = false)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number)) throw Bad(key, $"is {Shown(value)}, not a number");
        if (!((orEqual ? number >= above : number > above) && number <= max))
            throw Bad(key, FormattableString.Invariant($"is {Shown(value)}, not {(orEqual ? "at least" : "above")} {above} and at most {max}"));
        return number;
    }

    public bool? Flag(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Bad(key, $"is {Shown(value)}, not true or false"),
    };

    public string? Text(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String) throw Bad(key, $"is {Shown(value)}, not text");
        return TextOf(key, value);
    }

    public ConfigObject? Object(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new ConfigObject(File, _prefix + key + ".", value),
        { } value => throw Bad(key, $"is {Shown(value)}, not an object"),
    };

    /// <summary>A list of texts, or null where the key is absent or null.</summary>
    public IReadOnlyList<string>? Texts(string key) => List(key)?
        .Select(value => value.ValueKind == JsonValueKind.String ? TextOf(key, value) : throw Bad(key, $"holds {Shown(value)}, not text")).ToList();

    /// <summary>A list of objects, or null where the key is absent or null.</summary>
    public IReadOnlyList<ConfigObject>? Objects(string key) => List(key)?.Select((value, i) => value.ValueKind == JsonValueKind.Object
        ? new ConfigObject(File, $"{_prefix}{key}[{i}].", value)
        : throw Bad(key, $"holds {Shown(value)}, not an object")).ToList();

    /// <summary>A whole number of at least 0 or a list of such, or null where the key is absent or null.</summary>
    public IReadOnlyList<int>? Ids(string key)
    {
        if (Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(Id).ToList() : [Id(value)];

        int Id(JsonElement item) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0
            ? id
            : throw Bad(key, $"is {Shown(value)}, not a token id or a list of them");
    }

    /// <summary>What kind of value the key has; Undefined where it is absent.</summary>
    public JsonValueKind KindOf(string key) => _element.TryGetProperty(key, out var value) ? value.ValueKind : JsonValueKind.Undefined;

    /// <summary>The error for a bad value.</summary>
    public InvalidModelException Bad(string key, string problem) => new(File, _prefix + key, problem);

    private List<JsonElement>? List(string key)
    {
        if (Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Bad(key, $"is {Shown(value)}, not a list");
    }

    private JsonElement? Find(string key) =>
        _element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private string TextOf(string key, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException problem) // half a surrogate pair, or no UTF-8
        {
            throw new InvalidModelException(File, _prefix + key, "is not valid text", problem);
        }
    }

    private static string Shown(JsonElement value)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= 60 ? text : text[..60] + "…";
    }
}
