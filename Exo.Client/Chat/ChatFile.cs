using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Exo.Api;

namespace Exo.Client.Chat;

/// <summary>A chat on disk: /save writes it, /load reads it.</summary>
internal sealed record ChatFile
{
    public required string Model { get; init; }

    public string? System { get; init; }

    public SamplingSettings Sampling { get; init; } = new();

    public int? MaxTokens { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>User and assistant in turns.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    public static ChatFile Of(Conversation conversation) => new()
    {
        Model = conversation.Options.Model,
        System = conversation.Options.System,
        Sampling = conversation.Options.Sampling,
        MaxTokens = conversation.Options.MaxTokens,
        Stop = conversation.Options.Stop,
        Messages = conversation.Turns,
    };

    /// <exception cref="ExoException">The file can't be read, or is no saved chat.</exception>
    public static ChatFile Read(string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllText(path), ChatFileJson.Readable.ChatFile);
            return file is { Messages: not null } && file.Messages.All(message => message is { Role: "user" or "assistant", Content: not null })
                ? file
                : throw new JsonException("messages must be from user and assistant");
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ExoException(ExoErrorKind.Failure, $"{path} can't be loaded: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>Writes the file beside its place and moves it there, so that a chat saved before is never lost half-way.</summary>
    /// <exception cref="ExoException">The file can't be written.</exception>
    public void Write(string path)
    {
        var part = path + ".part";
        try
        {
            File.WriteAllText(part, JsonSerializer.Serialize(this, ChatFileJson.Readable.ChatFile) + "\n");
            File.Move(part, path, overwrite: true);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new ExoException(ExoErrorKind.Failure, $"{path} can't be saved: {unwritable.Message}", unwritable);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(ChatFile))]
internal sealed partial class ChatFileJson : JsonSerializerContext
{
    public static ChatFileJson Readable => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
