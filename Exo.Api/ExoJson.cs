using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>The messages as JSON: snake_case names, enumerations as words, absent where null.</summary>
/// <remarks>
/// The generated code gives an init-only property that is absent its type's default, not the property's: lists therefore take null for
/// empty, and a default of true needs a property that can be set.
/// </remarks>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<StoredModel>))]
[JsonSerializable(typeof(ModelCard))]
[JsonSerializable(typeof(PullRequest))]
[JsonSerializable(typeof(PullControl))]
[JsonSerializable(typeof(PullPlan))]
[JsonSerializable(typeof(PullProgress))]
[JsonSerializable(typeof(VerifyProgress))]
[JsonSerializable(typeof(RemovedModel))]
[JsonSerializable(typeof(TokenizeRequest))]
[JsonSerializable(typeof(TokenizedText))]
[JsonSerializable(typeof(LoadRequest))]
[JsonSerializable(typeof(LoadProgress))]
[JsonSerializable(typeof(IReadOnlyList<LoadedModelInfo>))]
[JsonSerializable(typeof(AnswerRequest))]
[JsonSerializable(typeof(AnswerEvent))]
[JsonSerializable(typeof(PlaceRequest))]
[JsonSerializable(typeof(PlacementReport))]
[JsonSerializable(typeof(IReadOnlyList<NodeState>))]
[JsonSerializable(typeof(BenchmarkRequest))]
[JsonSerializable(typeof(BenchmarkReport))]
[JsonSerializable(typeof(QuantizeRequest))]
[JsonSerializable(typeof(QuantizedFile))]
[JsonSerializable(typeof(ServiceState))]
[JsonSerializable(typeof(ExoEvent))]
public sealed partial class ExoJson : JsonSerializerContext
{
    /// <summary>One line, with every character that JSON allows unescaped as it is.</summary>
    public static ExoJson Line => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>An enumeration's members as snake_case words.</summary>
internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower)
    where T : struct, Enum;
