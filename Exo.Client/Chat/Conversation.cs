using Exo.Api;
using Exo.Client.Run;

namespace Exo.Client.Chat;

/// <summary>A chat so far, and how its next answer is to be made.</summary>
internal sealed class Conversation(RunOptions options)
{
    private readonly List<ChatMessage> _turns = [];

    /// <summary>Settings, the system message among them.</summary>
    public RunOptions Options { get; set; } = options;

    /// <summary>User and assistant in turns.</summary>
    public IReadOnlyList<ChatMessage> Turns => _turns;

    /// <summary>The messages that stand before all others: the system's, where there is one.</summary>
    public static IEnumerable<ChatMessage> Head(string? system) => string.IsNullOrEmpty(system) ? [] : [new ChatMessage("system", system)];

    /// <summary>The messages that ask for an answer to <paramref name="text"/>.</summary>
    public IReadOnlyList<ChatMessage> Asking(string text) => [.. Head(Options.System), .. _turns, new ChatMessage("user", text)];

    /// <summary>Keeps a question with its answer; one without any answer never was.</summary>
    public void Keep(string question, string answer)
    {
        if (answer.Length == 0) return;
        _turns.Add(new ChatMessage("user", question));
        _turns.Add(new ChatMessage("assistant", answer));
    }

    public void Clear() => _turns.Clear();

    public void Replace(IEnumerable<ChatMessage> turns)
    {
        _turns.Clear();
        _turns.AddRange(turns);
    }
}
