using System.CommandLine;
using System.CommandLine.Help;
using Exo.Client.Bench;
using Exo.Client.Cluster;
using Exo.Client.Models;
using Exo.Client.Pulls;
using Exo.Client.Quantize;
using Exo.Client.Run;
using Exo.Client.Serve;

namespace Exo.Client.Commands;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    public static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand("Runs language models across the machines you have.")
        {
            GlobalOptions.Verbose,
            GlobalOptions.Host,
            RunCommand.Build(context),
            PullCommand.Build(context),
            PauseCommand.Build(context),
            PauseCommand.BuildResume(context),
            ListCommand.Build(context),
            ShowCommand.Build(context),
            VerifyCommand.Build(context),
            RemoveCommand.Build(context),
            TokenizeCommand.Build(context),
            BenchCommand.Build(context),
            QuantizeCommand.Build(context),
            ServeCommand.Build(context),
            LoadedCommand.Build(context),
            StopCommand.Build(context),
            NodesCommand.Build(context),
            PlaceCommand.Build(context),
        };
        root.Add(HelpCommand.Build(root));
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction(context.Console);
        var help = root.Options.OfType<HelpOption>().Single();
        var withExamples = new HelpWithExamples((HelpAction)help.Action!, context.Console);
        help.Action = withExamples;
        root.SetAction(withExamples.Invoke);
        return root;
    }

    /// <summary>"exo run"</summary>
    public static string NameOf(Command command) => command is RootCommand ? "exo" : $"exo {command.Name}";
}
