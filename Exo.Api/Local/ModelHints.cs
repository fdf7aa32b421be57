using System.Text.Json;
using Exo.Engine;

namespace Exo.Api.Local;

/// <summary>
/// What a model's folder says to Exo alone, in an optional exo.json:
/// <c>{ "prompt": "continue" }</c> takes a plain prompt as the beginning of a text although the model has a chat template,
/// <c>{ "prompt": "chat" }</c> is what a chat template means anyway.
/// </summary>
internal sealed record ModelHints(PromptStyle? PromptStyle)
{
    private const string FileName = "exo.json";

    /// <exception cref="InvalidModelException">The file is there and says something else.</exception>
    public static ModelHints Read(string modelPath)
    {
        var file = Path.Combine(modelPath, FileName);
        if (!File.Exists(file)) return new ModelHints((PromptStyle?)null);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidModelException(file, null, "is no JSON object");
            if (!json.RootElement.TryGetProperty("prompt", out var prompt)) return new ModelHints((PromptStyle?)null);
            return new ModelHints(prompt.ValueKind == JsonValueKind.String ? StyleOf(prompt.GetString()!) : null) is { PromptStyle: not null } hints
                ? hints
                : throw new InvalidModelException(file, "prompt", "is neither \"chat\" nor \"continue\"");
        }
        catch (JsonException broken)
        {
            throw new InvalidModelException(file, null, $"is not JSON: {broken.Message}", broken);
        }
    }

    private static PromptStyle? StyleOf(string name) => name switch
    {
        "chat" => Api.PromptStyle.Chat,
        "continue" => Api.PromptStyle.Continue,
        _ => null,
    };
}
