namespace Exo.Engine.Weights.Gguf;

/// <summary>A GGUF file's key-values. A key that is missing gives null; one of another kind than asked for is the file's fault.</summary>
internal sealed class GgufMetadata(string path, IReadOnlyDictionary<string, object> values)
{
    /// <summary>The file, for messages.</summary>
    public string Path { get; } = path;

    /// <summary>Every key.</summary>
    public IEnumerable<string> Keys => values.Keys;

    /// <summary>A value as <see cref="GgufValue"/> reads it.</summary>
    public object this[string key] => values[key];

    public bool Has(string key) => values.ContainsKey(key);

    public string? Text(string key) => Get<string>(key, "a string");

    public bool? Flag(string key) => values.ContainsKey(key) ? Get<bool>(key, "true or false") : null;

    /// <summary>A whole number of any width.</summary>
    public long? Number(string key) => values.ContainsKey(key) ? Get<long>(key, "a whole number") : null;

    /// <summary>A number, whole or not.</summary>
    public double? Real(string key) => values.GetValueOrDefault(key) is long whole ? whole : values.ContainsKey(key) ? Get<double>(key, "a number") : null;

    /// <summary>A list of strings.</summary>
    public GgufStrings? Strings(string key) => Get<GgufStrings>(key, "a list of strings");

    /// <summary>A list of 32-bit floats.</summary>
    public float[]? Floats(string key) => Get<float[]>(key, "a list of floats");

    /// <summary>A list of 32-bit whole numbers.</summary>
    public int[]? Integers(string key) => Get<int[]>(key, "a list of whole numbers of 32 bits");

    /// <summary>A number, or a list of whole numbers of 32 bits, one a layer: [layers] or [1].</summary>
    public long[]? NumberOrNumbers(string key) => values.GetValueOrDefault(key) is int[] list ? Array.ConvertAll(list, item => (long)item) : Number(key) is { } one ? [one] : null;

    /// <summary>A list of bytes.</summary>
    public byte[]? Bytes(string key) => Get<byte[]>(key, "a list of bytes");

    private T? Get<T>(string key, string kind) => values.GetValueOrDefault(key) switch
    {
        null => default,
        T value => value,
        _ => throw new InvalidModelException(Path, key, $"must be {kind}"),
    };
}
