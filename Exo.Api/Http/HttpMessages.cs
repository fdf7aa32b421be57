using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Exo.Api.Http;

/// <summary><c>/health</c>: the process answers.</summary>
internal sealed record Health(string Status, string Version);

/// <summary>The messages of the face that are nobody else's.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(Health))]
internal sealed partial class HttpJson : JsonSerializerContext
{
    /// <summary>One line, with every character that JSON allows unescaped as it is.</summary>
    public static HttpJson Line => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
