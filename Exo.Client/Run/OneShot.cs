using System.Text.Json;
using Exo.Api;
using Exo.Client.Chat;
using Exo.Client.Commands;
using Exo.Client.Terminal;

namespace Exo.Client.Run;

/// <summary>One prompt, one answer.</summary>
internal sealed class OneShot(CommandContext context, RunOptions options, OpenedModel model)
{
    /// <summary>How long who answers may take to tell its memory once the answer was broken off: it may be gone, and that the reason.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly AnswerText _text = new(context.Console);

    /// <summary>Streams the answer, or with --json writes one record at its end.</summary>
    /// <param name="prompt">Null where the options carry token ids.</param>
    public async Task<int> RunAsync(string? prompt, CancellationToken cancellationToken)
    {
        var continues = prompt is not null && !options.Raw && model.Info.PromptStyle == PromptStyle.Continue;
        var request = Request(prompt, continues);
        var answer = new AnswerRecord();
        try
        {
            await foreach (var next in context.Service.AnswerAsync(request, cancellationToken))
            {
                // A text that the model continues is shown whole, its beginning first.
                if (continues && answer.Tokens.Count == 0 && next.Tokens.Count > 0) Show(prompt!);
                answer.Add(next);
                Show(next.Text);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The record says so: it has no other ending.
        }
        catch
        {
            _text.End(); // Why it broke off is told on a line of its own.
            throw;
        }
        await EndAsync(answer);
        return answer.FinishReason == FinishReason.Cancelled ? ExitCode.Of(context.Stop.Signal) : ExitCode.Success;
    }

    private void Show(string text)
    {
        if (!options.Json) _text.Write(text);
    }

    private AnswerRequest Request(string? prompt, bool continues)
    {
        if (prompt is null) return options.AnswerRequest with { PromptIds = options.PromptIds };
        if (options.Raw) return options.AnswerRequest with { Text = prompt };
        if (!continues) return options.AnswerRequest with { Messages = [.. Conversation.Head(options.System), new ChatMessage("user", prompt)] };
        if (options.System is null) return options.AnswerRequest with { Text = prompt };
        throw new ExoException(ExoErrorKind.BadRequest, $"{options.Model} continues texts, it takes no messages: --system has no place");
    }

    private async Task EndAsync(AnswerRecord answer)
    {
        var peak = answer.Usage?.PeakMemoryByteCount ?? (options.Json || options.Verbose ? await PeakMemoryAsync() : null);
        if (options.Json) context.Console.Out.WriteLine(JsonSerializer.Serialize(RunJson.Of(options, model, answer, peak), RunJsonContext.Line.RunJson));
        else _text.End();
        context.Console.Out.Flush(); // What follows goes to the other stream, and comes after it.
        if (answer.IsContextFull)
            context.Console.Tell($"exo: the context of {answer.Usage!.ContextLength} tokens is full: the answer was cut there (--context N makes room for more)");
        if (options.Verbose) Figures.Write(context.Console.Error, model, answer, peak);
    }

    /// <summary>Null where it can't be had.</summary>
    private async Task<long?> PeakMemoryAsync()
    {
        using var patience = new CancellationTokenSource(Patience, context.Time);
        try
        {
            var state = await context.Service.GetStateAsync(patience.Token);
            return state.Nodes.Select(node => node.PeakMemoryByteCount).DefaultIfEmpty().Max();
        }
        catch (Exception silent) when (silent is ExoException || (silent is OperationCanceledException && patience.IsCancellationRequested))
        {
            return null;
        }
    }
}
