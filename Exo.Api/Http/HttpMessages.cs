using System.Text.Json.Serialization;

namespace Exo.Api.Http;

/// <summary>What went wrong, in one line.</summary>
internal sealed record HttpError(string Error);

/// <summary><c>/health</c>: the process answers.</summary>
internal sealed record Health(string Status);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HttpError))]
[JsonSerializable(typeof(Health))]
internal sealed partial class HttpJson : JsonSerializerContext;
