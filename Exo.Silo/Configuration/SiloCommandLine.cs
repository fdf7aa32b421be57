using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Exo.Silo.Configuration;

/// <summary>The command line: every setting an option, nothing else.</summary>
internal static class SiloCommandLine
{
    private const string Examples = """
        Each option can also be set as a variable (EXO_SILO_PORT for --silo-port) or in appsettings.json ({ "Exo": { "SiloPort": 11111 } });
        the command line goes before variables, and these before the file.

        Examples:
          exo-silo                                         a cluster of this machine; start it again for a second node
          exo-silo --redis 10.0.0.5:6379                   the first of several machines, and each further one
          exo-silo --http 0.0.0.0:52415 --api-key SECRET   an API that other machines reach

        Exit codes:
            0  stopped in order
            1  failed
            2  can't run as it is set up
            4  Redis or the other silos can't be reached
           75  the others took this node for dead: start it again
          130  a second Ctrl-C
          143  a second SIGTERM
        """;

    /// <param name="run">Given the options that were set, like "--name", runs the silo and gives the exit code.</param>
    public static RootCommand Build(Func<IReadOnlyDictionary<string, string>, Task<int>> run)
    {
        var root = new RootCommand("A node of an Exo cluster: runs its share of the models, and answers over HTTP. With no options it is a cluster of one machine.");
        var options = SettingKeys.All.Select(Option).ToArray();
        foreach (var option in options) root.Add(option);
        foreach (var help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!);
        foreach (var version in root.Options.OfType<VersionOption>()) version.Action = new VersionAction();
        root.SetAction((parsed, _) => run(Given(parsed, options)));
        return root;
    }

    /// <summary>Why a command line makes no sense, in one line; null where it does, or asks for help.</summary>
    public static string? Complaint(ParseResult parsed)
    {
        const string Help = "See 'exo-silo --help'";
        if (parsed.Errors.Count == 0 || parsed.Action is HelpWithExamples) return null;
        if (parsed.UnmatchedTokens.Count == 0) return $"{parsed.Errors[0].Message.TrimEnd('.')}. {Help}";
        return parsed.UnmatchedTokens[0] is ['-', ..] and var option ? $"there is no option {option}. {Help}" : $"'{parsed.UnmatchedTokens[0]}' has no place: a silo takes options alone. {Help}";
    }

    private static Option Option(SettingKey key) => key.IsSwitch
        ? new Option<bool>(key.Option) { Description = key.Description }
        : new Option<string>(key.Option) { Description = key.Description, HelpName = key.ValueName };

    private static Dictionary<string, string> Given(ParseResult parsed, Option[] options)
    {
        var given = new Dictionary<string, string>();
        foreach (var option in options)
        {
            if (parsed.GetResult(option) is not { Implicit: false } result) continue;
            given[option.Name] = option is Option<bool> ? result.GetValueOrDefault<bool>().ToString() : result.GetValueOrDefault<string>() ?? "";
        }
        return given;
    }

    /// <summary>"exo-silo 0.1.0"</summary>
    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"exo-silo {typeof(VersionAction).Assembly.GetName().Version?.ToString(3)}");
            return 0;
        }
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var result = help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(Examples);
            return result;
        }
    }
}
