using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Exo.Client.Terminal;

namespace Exo.Client.Commands;

/// <summary>The usual help, then examples and, for the program as a whole, the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction help, IConsole console) : SynchronousCommandLineAction
{
    private const string ExitCodes = """
        Exit codes:
            0  done
            1  failed
            2  the command line makes no sense
            3  the model is missing or invalid
            4  hub, server or disk: try later
          130  Ctrl-C
          141  the output was closed
          143  terminated
        """;

    private static readonly Dictionary<string, string[]> Examples = new()
    {
        ["exo"] =
        [
            "exo run stories \"Once upon a time\"",
            "exo run org/name \"Why is the sky blue?\"",
            "exo run org/name",
            "exo pull org/name --dry-run",
        ],
        ["exo run"] =
        [
            "exo run stories \"Once upon a time\" --temperature 0.8 --seed 7",
            "exo run ./my-model \"Sum this up:\" < article.txt",
            "exo run org/name@v1.0 --system \"Answer in one line.\" \"What is a monad?\"",
            "exo run ./my-model --prompt-ids 1,15,27 --logprobs 10 --temperature 0 --json",
        ],
        ["exo pull"] = ["exo pull org/name", "exo pull org/name@v1.0 --limit-rate 20M", "exo pull org/name --include '*.md' --dry-run"],
        ["exo pause"] = ["exo pause org/name", "exo pause org/name --host that-machine"],
        ["exo resume"] = ["exo resume org/name"],
        ["exo tokenize"] = ["exo tokenize stories \"Once upon a time\"", "exo tokenize org/name --json < text.txt"],
        ["exo bench"] = ["exo bench stories", "exo bench ./my-model --quant q8 --prompt 512 --context 0 --batch 1", "exo bench org/name --json"],
        ["exo quantize"] = ["exo quantize org/name my-model.gguf --type q4_k", "exo quantize ./my-model my-model.gguf --type q8_0 --force"],
        ["exo show"] = ["exo show stories", "exo show org/name --json"],
        ["exo list"] = ["exo list", "exo ls --json"],
        ["exo rm"] = ["exo rm org/name", "exo rm org/name@v1.0"],
        ["exo verify"] = ["exo verify org/name"],
        ["exo help"] = ["exo help", "exo help run"],
        ["exo serve"] = ["exo serve", "exo serve --keep-alive 1h --memory-limit 12G", "EXO_API_KEY=secret exo serve --mirror --listen 0.0.0.0", "exo run stories \"Once upon a time\" --host 127.0.0.1"],
        ["exo ps"] = ["exo ps", "exo ps --host that-machine --json"],
        ["exo stop"] = ["exo stop org/name"],
        ["exo nodes"] = ["exo nodes", "exo nodes --host that-machine"],
        ["exo place"] = ["exo place org/name --host that-machine", "exo place org/name --context 32768 --sequences 4"],
    };

    public override int Invoke(ParseResult parseResult)
    {
        help.MaxWidth = console.OutputIsTerminal ? Math.Max(40, console.Width) : 100;
        var command = parseResult.CommandResult.Command;
        if (command is RootCommand) WriteCommands(parseResult);
        else help.Invoke(parseResult);
        if (Examples.TryGetValue(CommandTree.NameOf(command), out var examples))
        {
            console.Out.WriteLine("Examples:");
            foreach (var example in examples) console.Out.WriteLine($"  {example}");
            console.Out.WriteLine();
        }
        if (command is RootCommand) console.Out.WriteLine(ExitCodes);
        return ExitCode.Success;
    }

    /// <summary>The library's list of commands shows every argument as if it were needed: those that aren't are marked as in a command's own help.</summary>
    private void WriteCommands(ParseResult parseResult)
    {
        var configuration = parseResult.InvocationConfiguration;
        var (output, text) = (configuration.Output, new StringWriter { NewLine = "\n" });
        configuration.Output = text;
        help.Invoke(parseResult);
        configuration.Output = output;
        var optional = parseResult.CommandResult.Command.Subcommands.SelectMany(command => command.Arguments).Where(argument => argument.Arity.MinimumNumberOfValues == 0);
        foreach (var argument in optional) text.GetStringBuilder().Replace($"<{argument.Name}>", $"[{argument.Name}]");
        output.Write(text);
    }
}
