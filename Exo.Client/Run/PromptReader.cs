using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Terminal;

namespace Exo.Client.Run;

/// <summary>The prompt from the command line and from what is piped in.</summary>
internal static class PromptReader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The prompt; null where there is none and a person is there to be asked.</summary>
    /// <param name="words">The prompt from the command line: what to do with the piped text where there is one.</param>
    public static async Task<string?> ReadAsync(string? words, CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Console.InputIsTerminal) return words;

        var piped = (await ReadToEndAsync(context, cancellationToken)).TrimEnd('\r', '\n');
        if (piped.Length == 0 && string.IsNullOrEmpty(words)) throw new ExoException(ExoErrorKind.BadRequest, "there is no prompt: give one after the model, or pipe one in");
        if (piped.Length == 0) return words;
        return string.IsNullOrEmpty(words) ? piped : $"{words}\n\n{piped}";
    }

    private static async Task<string> ReadToEndAsync(CommandContext context, CancellationToken cancellationToken)
    {
        // Reading a pipe can't be cancelled; it is left behind where the program ends.
        var reading = Task.Run(context.Console.In.ReadToEnd, CancellationToken.None);
        try
        {
            return await reading.WaitAsync(Patience, context.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            context.Console.Tell("exo: waiting for the piped input to end (add </dev/null where there is none)");
            return await reading.WaitAsync(cancellationToken);
        }
    }
}
