using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Terminal;

namespace Exo.Client.Run;

/// <summary>The prompt from the command line and from what is piped in.</summary>
internal static class PromptReader
{
    /// <summary>After this the person is told what is being waited for.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A pipe that has brought nothing for so long is none that was meant: programs that start others often leave one open. Only where the
    /// command line has a prompt to go on with.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>The prompt; null where there is none and a person is there to be asked.</summary>
    /// <param name="words">The prompt from the command line: what to do with the piped text where there is one.</param>
    public static async Task<string?> ReadAsync(string? words, CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Console.InputIsTerminal) return words;

        var hasWords = !string.IsNullOrEmpty(words);
        var piped = (await ReadPipeAsync(context, mayGiveUp: hasWords, cancellationToken)).TrimEnd('\r', '\n');
        if (piped.Length == 0 && !hasWords) throw new ExoException(ExoErrorKind.BadRequest, "there is no prompt: give one after the model, or pipe one in");
        if (piped.Length == 0) return words;
        return hasWords ? $"{words}\n\n{piped}" : piped;
    }

    private static async Task<string> ReadPipeAsync(CommandContext context, bool mayGiveUp, CancellationToken cancellationToken)
    {
        // Reading a pipe can't be cancelled; it is left behind where the program ends.
        var beginning = Task.Run(() => ReadBeginning(context.Console.In), CancellationToken.None);
        if (!await ComesWithinAsync(beginning, QuietTime, context, cancellationToken))
        {
            context.Console.Tell("exo: waiting for piped input (add </dev/null where there is none)");
            if (mayGiveUp && !await ComesWithinAsync(beginning, Patience, context, cancellationToken))
            {
                context.Console.Tell("exo: nothing was piped in; going on with the prompt alone");
                return "";
            }
        }
        var first = await beginning.WaitAsync(cancellationToken);
        return first.Length == 0 ? "" : first + await Task.Run(context.Console.In.ReadToEnd, CancellationToken.None).WaitAsync(cancellationToken);
    }

    private static async Task<bool> ComesWithinAsync(Task<string> beginning, TimeSpan time, CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            await beginning.WaitAsync(time, context.Time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>What the pipe brings first; empty at its end.</summary>
    private static string ReadBeginning(TextReader reader)
    {
        var buffer = new char[4096];
        return new string(buffer, 0, reader.Read(buffer, 0, buffer.Length));
    }
}
