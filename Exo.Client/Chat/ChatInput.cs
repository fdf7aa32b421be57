using Exo.Client.Editing;
using Exo.Client.Terminal;

namespace Exo.Client.Chat;

/// <summary>Reads what a person says: a line, or several between two """.</summary>
internal sealed class ChatInput(IConsole console)
{
    private const string Prompt = ">>> ";
    private const string Continuation = "... ";
    private const string Fence = "\"\"\"";
    private readonly LineEditor? _editor = console is { InputIsTerminal: true, OutputIsTerminal: true, HasCursor: true } ? new LineEditor(console, new LineHistory()) : null;

    /// <summary>Waits for a message. The reading itself can't be cancelled; it is left behind where the program ends.</summary>
    public async Task<(LineEnd End, string Text)> ReadAsync(CancellationToken cancellationToken)
    {
        var (end, text) = await ReadLineAsync(Prompt, cancellationToken);
        if (end != LineEnd.Entered || !text.StartsWith(Fence, StringComparison.Ordinal)) return (end, text);

        text = text[Fence.Length..];
        while (!text.TrimEnd().EndsWith(Fence, StringComparison.Ordinal))
        {
            (end, var line) = await ReadLineAsync(Continuation, cancellationToken);
            if (end != LineEnd.Entered) return (LineEnd.Interrupted, "");
            text += "\n" + line;
        }
        return (LineEnd.Entered, text.TrimEnd()[..^Fence.Length].Trim('\n'));
    }

    private Task<(LineEnd, string)> ReadLineAsync(string prompt, CancellationToken cancellationToken) =>
        Task.Run(() => _editor?.Read(prompt, Continuation) ?? ReadPlain(prompt), CancellationToken.None).WaitAsync(cancellationToken);

    /// <summary>Where the output is no terminal that lines could be edited on.</summary>
    private (LineEnd, string) ReadPlain(string prompt)
    {
        console.Error.Write(prompt);
        return console.In.ReadLine() is { } line ? (LineEnd.Entered, line) : (LineEnd.Closed, "");
    }
}
