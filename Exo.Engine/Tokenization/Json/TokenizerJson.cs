using System.Text.Json;
using System.Text.Unicode;
using Exo.Engine.Tokenization.Models;
using Exo.Engine.Weights;

namespace Exo.Engine.Tokenization.Json;

/// <summary>Reads a tokenizer.json. The model, megabytes of it, is read as it streams by; the small rest as a document.</summary>
internal static class TokenizerJson
{
    /// <exception cref="InvalidModelException">The file is missing, malformed, or asks for something unknown.</exception>
    public static Tokenizer Read(string path)
    {
        byte[] json;
        try
        {
            json = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var missing = e is FileNotFoundException or DirectoryNotFoundException;
            throw new InvalidModelException(path, null, missing ? "the file is missing" : $"can't be read: {e.Message}", e);
        }
        LfsPointer.Refuse(path, json);
        return Parse(json, path);
    }

    /// <param name="json">The file's bytes.</param>
    /// <param name="path">Its name, for errors.</param>
    public static Tokenizer Parse(ReadOnlySpan<byte> json, string path)
    {
        if (json.StartsWith("\uFEFF"u8))
            json = json[3..];
        if (!Utf8.IsValid(json))
            throw new InvalidModelException(path, null, "is no valid UTF-8");
        var documents = new Dictionary<string, JsonDocument>();
        try
        {
            return Build(json, path, documents);
        }
        catch (JsonException e)
        {
            throw new InvalidModelException(path, e.Path, $"is no valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidModelException(path, null, $"has a value of the wrong kind: {e.Message}", e); // Also a string with half a surrogate pair.
        }
        finally
        {
            foreach (var document in documents.Values)
                document.Dispose();
        }
    }

    private static Tokenizer Build(ReadOnlySpan<byte> json, string path, Dictionary<string, JsonDocument> documents)
    {
        ModelJson? model = null;
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidModelException(path, null, "must be a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "model":
                    model = new ModelJson(path);
                    model.Read(ref reader);
                    break;
                case "added_tokens" or "normalizer" or "pre_tokenizer" or "post_processor" or "decoder":
                    if (documents.Remove(name, out var earlier))
                        earlier.Dispose();
                    documents[name] = JsonDocument.ParseValue(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (reader.Read())
            throw new InvalidModelException(path, null, "goes on after its end");

        return Assemble(path, model ?? throw new InvalidModelException(path, "model", "is missing"),
            name => new(documents.TryGetValue(name, out var document) ? document.RootElement : default, path, name));
    }

    private static Tokenizer Assemble(string path, ModelJson description, Func<string, JsonPart> part)
    {
        var preTokenizers = PreTokenizerJson.Read(part("pre_tokenizer"), description.MayTakeBytes, out var takesBytes);
        var model = description.Build(takesBytes);
        var addedTokens = AddedTokens(part("added_tokens"), model.Vocabulary);
        var ids = addedTokens.GroupBy(token => token.Content).ToDictionary(group => group.Key, group => group.Last().Id);
        return new Tokenizer(new TokenizerParts
        {
            File = path,
            Model = model,
            AddedTokens = addedTokens,
            Normalizers = NormalizerJson.Read(part("normalizer")),
            PreTokenizers = preTokenizers,
            PostProcessor = PostProcessorJson.Read(part("post_processor"), name => ids.TryGetValue(name, out var id) ? id : model.Vocabulary.Find(name)),
            Decoder = DecoderJson.Read(part("decoder")),
        });
    }

    private static List<AddedToken> AddedTokens(JsonPart part, Vocabulary vocabulary)
    {
        var tokens = new List<AddedToken>();
        foreach (var item in part.Items())
        {
            var content = item.Text("content");
            var id = vocabulary.Find(content) is >= 0 and var known ? known : item.Number("id");
            if (id >= Vocabulary.MaxIds)
                throw item["id"].Invalid($"must be below {Vocabulary.MaxIds}, and is {id}");
            if (content.Length > 0)
                tokens.Add(new AddedToken(id, content)
                {
                    SingleWord = item.Flag("single_word"),
                    LeftStrip = item.Flag("lstrip"),
                    RightStrip = item.Flag("rstrip"),
                    Normalized = item.Flag("normalized", missing: !item.Flag("special")),
                    Special = item.Flag("special"),
                });
        }
        return tokens;
    }
}
