using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Exo.Api.Http.OpenAi;

/// <summary>OpenAI's messages. Nulls are written: clients look for the fields.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ChatQuestion))]
[JsonSerializable(typeof(CompletionsQuestion))]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(TextCompletion))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(Model))]
internal sealed partial class OpenAiJson : JsonSerializerContext
{
    /// <summary>One line, with every character that JSON allows unescaped as it is.</summary>
    public static OpenAiJson Line => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
