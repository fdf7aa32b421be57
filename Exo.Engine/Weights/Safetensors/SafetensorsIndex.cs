using System.Text.Json;
using System.Text.Unicode;

namespace Exo.Engine.Weights.Safetensors;

/// <summary>Reads model.safetensors.index.json: which file of the folder each tensor lies in.</summary>
internal static class SafetensorsIndex
{
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Tensor name → file name, a plain name in the index's own folder.</summary>
    /// <exception cref="InvalidModelException">The index is not what it must be.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        using var file = MappedFile.Open(path);
        if (file.Length > SafetensorsHeader.MaxByteCount)
            throw new InvalidModelException(path, null, $"is {file.Length} bytes long; at most {SafetensorsHeader.MaxByteCount} are accepted");
        return Parse(path, file.Bytes(0, (int)file.Length));
    }

    /// <exception cref="InvalidModelException">The index is not what it must be.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string path, ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw new InvalidModelException(path, null, "is not UTF-8");
        Dictionary<string, string>? map = null;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new InvalidModelException(path, null, "is no JSON object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isMap = reader.ValueTextEquals("weight_map"u8);
                reader.Read();
                if (!isMap) reader.Skip();
                else if (map is null) map = ReadMap(path, ref reader);
                else throw new InvalidModelException(path, "weight_map", "stands twice");
            }

            reader.Read(); // throws where anything but white space follows
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw new InvalidModelException(path, null, $"is not valid JSON: {problem.Message}", problem);
        }

        return map ?? throw new InvalidModelException(path, "weight_map", "is missing");
    }

    private static Dictionary<string, string> ReadMap(string path, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new InvalidModelException(path, "weight_map", "is no object");
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw new InvalidModelException(path, name, "its file is no text");
            var file = reader.GetString()!;
            if (!IsPlainName(file)) throw new InvalidModelException(path, name, $"its file \"{file}\" is not a plain name in the model's folder");
            if (!map.TryAdd(name, file)) throw new InvalidModelException(path, name, "stands twice in weight_map");
        }

        return map;
    }

    private static bool IsPlainName(string file) =>
        file.Length > 0 && file is not ("." or "..") && file.AsSpan().IndexOfAny("/\\:\0") < 0;
}
