using System.Text.Json;

namespace Exo.Engine.Models.HuggingFace;

/// <summary>The ids of the tokens a tokenizer was given beside its vocabulary, without reading that vocabulary.</summary>
internal static class HfAddedTokens
{
    private const int MaxByteCount = 256 << 20;

    /// <summary>Text → id, from tokenizer_config.json's added_tokens_decoder, else from tokenizer.json's added_tokens.</summary>
    /// <exception cref="InvalidModelException">A file is there but not what it must be.</exception>
    public static IReadOnlyDictionary<string, int> Read(string folder)
    {
        var config = HfTokenizerConfig.LoadIfThere(Path.Combine(folder, "tokenizer_config.json"));
        if (config?.Object("added_tokens_decoder") is { } decoder) return FromDecoder(decoder);
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        return File.Exists(tokenizer) ? FromTokenizer(tokenizer) : new Dictionary<string, int>();
    }

    private static Dictionary<string, int> FromDecoder(ConfigObject decoder)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var key in decoder.Keys)
        {
            if (!int.TryParse(key, out var id) || id < 0) throw decoder.Bad(key, "is no token id");
            if (decoder.Object(key)?.Text("content") is { } text) ids.TryAdd(text, id);
        }

        return ids;
    }

    /// <summary>Reads only as far as the list, which stands near the top.</summary>
    private static Dictionary<string, int> FromTokenizer(string file)
    {
        if (new FileInfo(file).Length > MaxByteCount) throw new InvalidModelException(file, null, $"is longer than {MaxByteCount} bytes");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(File.ReadAllBytes(file));
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.ValueTextEquals("added_tokens"u8))
                {
                    reader.Skip();
                    continue;
                }

                reader.Read();
                using var list = JsonDocument.ParseValue(ref reader);
                foreach (var token in list.RootElement.EnumerateArray()) ids.TryAdd(token.GetProperty("content").GetString() ?? "", token.GetProperty("id").GetInt32());
                break;
            }
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidModelException(file, "added_tokens", "is not what it must be", problem);
        }

        return ids;
    }
}
