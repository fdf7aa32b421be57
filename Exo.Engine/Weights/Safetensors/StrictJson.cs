using System.Text.Json;

namespace Exo.Engine.Weights.Safetensors;

/// <summary>Steps through JSON that must have one exact form.</summary>
internal static class StrictJson
{
    /// <exception cref="FormatException">There is no further token.</exception>
    public static JsonTokenType Next(this ref Utf8JsonReader reader) =>
        reader.Read() ? reader.TokenType : throw new FormatException("the header ends within its JSON");

    /// <exception cref="FormatException">The token is another; the message is <paramref name="problem"/>.</exception>
    public static void Expect(this ref Utf8JsonReader reader, JsonTokenType type, string problem)
    {
        if (reader.TokenType != type) throw new FormatException(problem);
    }
}
