using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Exo.Api.Http.Native;

/// <summary>Names a model, for the requests that need nothing else.</summary>
internal sealed record ModelQuestion(string Model);

/// <summary>Whether a model was loaded.</summary>
internal sealed record Unloaded(bool WasLoaded);

/// <summary>The wire's own messages: those that are not the contract's.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ModelQuestion))]
[JsonSerializable(typeof(Unloaded))]
internal sealed partial class NativeJson : JsonSerializerContext
{
    public static NativeJson Line => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
