namespace Exo.Engine.Chat;

/// <summary>One plain turn of a conversation: who speaks ("system", "user", "assistant", "tool", …) and the text.</summary>
/// <remarks>Turns with content parts, tool calls or reasoning are JSON objects: see <see cref="ChatTemplateInput.Messages"/>.</remarks>
public sealed record ChatMessage(string Role, string Content);
