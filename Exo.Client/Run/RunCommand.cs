using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Exo.Api;
using Exo.Client.Chat;
using Exo.Client.Commands;
using Exo.Client.Terminal;

namespace Exo.Client.Run;

/// <summary>`exo run MODEL [PROMPT]`: one answer, or a chat where there is no prompt and a terminal to type on.</summary>
internal static class RunCommand
{
    public static Command Build(CommandContext context)
    {
        var model = GlobalOptions.Model();
        var prompt = WordsArgument.Of("PROMPT", "What to say. Piped input follows it; with neither, a chat begins");
        var maxTokens = Parameters.MaxTokens.AsOption();
        var stop = new Option<string[]>("--stop") { Description = "Ends the answer where this text would come; may be given several times", HelpName = "TEXT" };
        var system = new Option<string>("--system") { Description = "The system message", HelpName = "TEXT" };
        var raw = new Option<bool>("--raw") { Description = "Give the prompt to the model as it is, without its chat template" };
        var json = GlobalOptions.Json();
        var threads = Parameters.Threads.AsOption();
        var quantization = Parameters.Quantization();
        var contextLength = Parameters.Context.AsOption();
        var promptIds = new Option<int[]?>("--prompt-ids") { Description = "The prompt as token ids, to which nothing is added", HelpName = "5,17,…", CustomParser = ParseIds };
        var logprobs = Parameters.Logprobs.AsOption();

        var command = new Command("run", "Answer a prompt, or chat. Fetches the model where it is missing.") { model, prompt, maxTokens };
        var sampling = Parameters.AddSamplingTo(command);
        foreach (Option option in (Option[])[stop, system, raw, json, threads, contextLength, quantization, promptIds, logprobs]) command.Add(option);
        command.SetAction((parsed, cancellationToken) => RunAsync(context, new RunOptions
        {
            Model = parsed.GetRequiredValue(model),
            Prompt = WordsArgument.Read(parsed, prompt),
            PromptIds = parsed.GetResult(promptIds) is null ? null : parsed.GetValue(promptIds),
            System = parsed.GetValue(system),
            Sampling = sampling(parsed),
            MaxTokens = parsed.GetValue(maxTokens),
            Stop = parsed.GetValue(stop) ?? [],
            ContextLength = parsed.GetValue(contextLength),
            Threads = parsed.GetValue(threads),
            Quantization = parsed.GetValue(quantization),
            Raw = parsed.GetValue(raw),
            Json = parsed.GetValue(json),
            Verbose = parsed.GetValue(GlobalOptions.Verbose),
            TopLogprobs = parsed.GetValue(logprobs) ?? 0,
        }, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, RunOptions options, CancellationToken cancellationToken)
    {
        // 1. What cannot be is said before anything is loaded.
        Check(options, context.Console);
        // 2. The model loads while the input is being read; an input that is none ends the loading at once.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = options.PromptIds is null ? PromptReader.ReadAsync(options.Prompt, context, cancellationToken) : Task.FromResult<string?>(null);
        var opening = new ModelOpener(context).OpenAsync(options.LoadRequest, stop.Token);
        if (await Task.WhenAny(opening, reading) == reading && !reading.IsCompletedSuccessfully)
        {
            await stop.CancelAsync();
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Its bars are gone before it is told why.
            await reading;
        }
        var opened = await opening;
        var prompt = await reading;
        // 3. One answer, or a chat.
        return prompt is not null || options.PromptIds is not null
            ? await new OneShot(context, options, opened).RunAsync(prompt, cancellationToken)
            : await new ChatLoop(context, options, opened).RunAsync(cancellationToken);
    }

    private static void Check(RunOptions options, IConsole console)
    {
        string? problem = options switch
        {
            { PromptIds: not null, Prompt: not null } => "--prompt-ids and PROMPT are two prompts: give one",
            { PromptIds: not null, System: not null } => "--system has no place beside --prompt-ids: put its tokens among the ids",
            { Raw: true, System: not null } => "--system has no place beside --raw: write it into the prompt",
            { Json: true, Prompt: null, PromptIds: null } when console.InputIsTerminal => "--json needs a prompt: a chat is for people",
            { TopLogprobs: > 0, Json: false } => "--logprobs needs --json",
            { Stop: var stop } when stop.Contains("") => "--stop takes a text, and this one is empty",
            _ => null,
        };
        if (problem is not null) throw new ExoException(ExoErrorKind.BadRequest, problem);
    }

    private static int[]? ParseIds(ArgumentResult result)
    {
        var text = string.Join(',', result.Tokens.Select(token => token.Value)).Trim().TrimStart('[').TrimEnd(']');
        var parts = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var ids = new int[parts.Length];
        for (var index = 0; index < parts.Length; index++)
        {
            if (int.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out ids[index])) continue;
            result.AddError($"--prompt-ids takes token ids parted by commas; '{parts[index]}' is none");
            return null;
        }
        if (ids.Length == 0) result.AddError("--prompt-ids takes at least one token id");
        return ids;
    }
}
