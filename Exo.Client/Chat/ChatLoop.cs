using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Editing;
using Exo.Client.Run;
using Exo.Client.Terminal;

namespace Exo.Client.Chat;

/// <summary>A chat on a terminal: reads, answers, obeys slash commands, until the person leaves.</summary>
internal sealed class ChatLoop(CommandContext context, RunOptions options, OpenedModel model)
{
    private readonly IConsole _console = context.Console;
    private readonly Conversation _conversation = new(options);
    private readonly bool _continues = !options.Raw && model.Info.PromptStyle == PromptStyle.Continue;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var input = new ChatInput(_console);
        var commands = new ChatCommands(context, _conversation, model.Info);
        Greet();
        while (true)
        {
            var (end, text) = await input.ReadAsync(cancellationToken);
            if (end == LineEnd.Closed) return ExitCode.Success;
            if (end == LineEnd.Interrupted) _console.Tell("Ctrl-D or /bye ends the chat.");
            else if (ChatCommands.IsCommand(text))
            {
                if (!await commands.ApplyAsync(text, cancellationToken)) return ExitCode.Success;
            }
            else if (!string.IsNullOrWhiteSpace(text)) await TurnAsync(text, cancellationToken);
        }
    }

    private void Greet()
    {
        var name = Notice.Tail(options.Model, Math.Max(16, _console.Width - 16));
        _console.Tell(_continues || options.Raw ? $"{name} goes on with what you begin." : $"A chat with {name}.");
        _console.Tell("/help lists commands, Ctrl-D ends.");
    }

    private async Task TurnAsync(string text, CancellationToken cancellationToken)
    {
        using var stop = new AnswerStop(_console, cancellationToken);
        var answer = new AnswerRecord();
        var writer = new AnswerText(_console);
        try
        {
            await foreach (var next in context.Service.AnswerAsync(Request(text), stop.Token))
            {
                if (_continues && answer.Tokens.Count == 0 && next.Tokens.Count > 0) writer.Write(text);
                answer.Add(next);
                writer.Write(next.Text);
            }
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The person has heard enough.
        }
        catch (ExoException refused)
        {
            writer.End();
            _console.Tell($"exo: {refused.Message}");
            return;
        }
        writer.End();
        _conversation.Keep(text, answer.Text);
        Tell(answer);
    }

    private AnswerRequest Request(string text) => _continues || options.Raw
        ? _conversation.Options.AnswerRequest with { Text = text }
        : _conversation.Options.AnswerRequest with { Messages = _conversation.Asking(text) };

    private void Tell(AnswerRecord answer)
    {
        if (answer.FinishReason == FinishReason.Cancelled) _console.Tell("(stopped)");
        else if (answer.IsContextFull)
            _console.Tell($"(the context of {answer.Usage!.ContextLength} tokens is full: the answer was cut there; /clear starts anew)");
        else if (answer.FinishReason == FinishReason.Length) _console.Tell($"(cut after {answer.Tokens.Count} tokens; /set max-tokens changes that)");
        if (_conversation.Options.Verbose && answer.Usage is { } usage) Figures.Write(_console.Error, model, answer, usage.PeakMemoryByteCount);
        _console.Out.WriteLine();
        _console.Out.Flush();
    }
}
